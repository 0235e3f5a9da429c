"""Exceptions as properties: type, message and stack trace, named as OpenTelemetry names them."""

import traceback
from typing import Any

from limnograph.limits import TEXT_CHARS_MAX
from limnograph.recorder.texts import text_of


def exception_properties(failure: BaseException, stacktrace: str | None = None) -> dict[str, Any]:
    """Return ``exception.type``, ``exception.message``, ``exception.stacktrace`` of *failure*."""
    if stacktrace is None:
        stacktrace = "".join(
            traceback.format_exception(type(failure), failure, failure.__traceback__)
        )
    return {
        "exception.type": type(failure).__qualname__,
        "exception.message": text_of(failure),
        "exception.stacktrace": stacktrace.rstrip("\n")[-TEXT_CHARS_MAX:],
    }
