"""
structlog into the lake: a processor.

    structlog.configure(processors=[
        structlog.contextvars.merge_contextvars,
        limnograph.integrations.structlog.Processor(),
        structlog.dev.ConsoleRenderer(),
    ])

It stands before the renderer, sees every event with its context, and hands it on as it was.
"""

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from limnograph import faults
from limnograph.integrations.exceptions import exception_properties
from limnograph.integrations.operation import recording
from limnograph.recorder import record_foreign
from limnograph.recorder.levels import DEBUG, ERROR, FATAL, INFO, TRACE, WARNING
from limnograph.recorder.texts import text_of

_LEVELS = {
    "critical": FATAL,
    "fatal": FATAL,
    "error": ERROR,
    "err": ERROR,
    "exception": ERROR,
    "failure": ERROR,
    "warning": WARNING,
    "warn": WARNING,
    "debug": DEBUG,
    "trace": TRACE,
    "notset": TRACE,
}
_OURS = frozenset({"event", "exc_info", "level", "log_level", "logger", "stack_info", "timestamp"})


_BETWEEN = frozenset({"structlog", "logging", "concurrent", "threading"})
"""Packages that stand between an application's call and us; in another thread no caller is left."""


class Processor:
    """
    Records each event: ``event`` is the message, ``logger`` the target, the rest properties.

    An exception in ``exc_info`` becomes ``exception.type``, ``exception.message`` and
    ``exception.stacktrace``. Never raises, except ``structlog.DropEvent`` when *drop* is set.

    Args:
        drop: Let nobody else have the event: the processors after this one, the renderer and the
            output are skipped. While the SDK is not recording nothing is dropped.
    """

    def __init__(self, *, drop: bool = False) -> None:
        self._drop = drop

    def __call__(
        self, logger: Any, method_name: str, event_dict: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Record one event and return it unchanged."""
        if recording():
            _record(logger, method_name, event_dict)
            if self._drop:
                raise structlog.DropEvent
        return event_dict


@faults.guarded
def _record(logger: Any, method_name: str, event: MutableMapping[str, Any]) -> None:
    properties = {str(key): value for key, value in event.items() if key not in _OURS}
    failure = _failure(event.get("exc_info"))
    if failure is not None:
        properties.update(exception_properties(failure))
    target, file, line = _place(event)
    name = event.get("logger") or getattr(logger, "name", None) or target
    msg = event.get("event", "")
    record_foreign(
        _LEVELS.get(method_name, INFO),
        (file, line, text_of(name)),
        msg if type(msg) is str else text_of(msg),
        (),
        properties,
    )


def _failure(exc_info: Any) -> BaseException | None:
    """Return the exception that structlog's ``exc_info`` means: True, a tuple, or itself."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if len(exc_info) > 1 else None
    return sys.exc_info()[1] if exc_info else None


def _place(event: MutableMapping[str, Any]) -> tuple[str, str, int]:
    """Return module, file and line: as structlog's CallsiteParameterAdder says, or the caller's."""
    file, line = event.get("pathname"), event.get("lineno")
    if isinstance(file, str) and isinstance(line, int):
        return str(event.get("module", "")), file, line
    return _caller()


def _caller() -> tuple[str, str, int]:
    """Return module, file and line of the innermost frame outside structlog and this module."""
    frame = sys._getframe(1)  # noqa: SLF001 - what logging does, too
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        ours = module in {__name__, faults.__name__}
        if not ours and module.partition(".")[0] not in _BETWEEN:
            return module, frame.f_code.co_filename, frame.f_lineno or 0
        frame = frame.f_back  # type: ignore[assignment]
    return "", "", 0
