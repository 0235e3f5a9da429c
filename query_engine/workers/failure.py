"""
An error on its way from a worker to the service: told in JSON, never unpickled.

Rule: what the service makes of it is an error of ours, of the engine, or of the operating system,
looked up in fixed places; anything else becomes `WorkerFailure`, which clients never see.
"""

import builtins
import importlib
import json
import traceback
from typing import Any

import polars as pl

from query_engine.limits import WORKER_TEXT_BYTES_MAX

_OURS = ("query_engine.", "assets.")


class WorkerFailure(Exception):
    """An error in a worker that is none of ours; its text is for the log."""


def told(error: BaseException) -> bytes:
    """Return *error* as the service reads it."""
    kind = type(error)
    fields: dict[str, Any] = {
        "module": kind.__module__,
        "name": kind.__qualname__,
        "text": str(error)[:WORKER_TEXT_BYTES_MAX],
        "trace": "".join(traceback.format_exception(error))[-WORKER_TEXT_BYTES_MAX:],
        # A panic leaves the engine in a state that nobody knows.
        "fatal": not isinstance(error, Exception),
    }
    if kind.__module__.startswith(_OURS):
        plain = (str, int, float, bool, type(None))
        fields["state"] = {k: v for k, v in vars(error).items() if isinstance(v, plain)}
    return json.dumps(fields).encode()


def heard(payload: memoryview) -> tuple[BaseException, bool]:
    """Return the error that *payload* tells of, and whether its worker must not go on."""
    fields = json.loads(bytes(payload))
    error = _made(fields)
    error.add_note(fields["trace"])
    return error, fields["fatal"]


def _made(fields: dict[str, Any]) -> BaseException:
    module, name, text = fields["module"], fields["name"], fields["text"]
    if module.startswith("polars"):
        kind = getattr(pl.exceptions, name, None)
        if isinstance(kind, type) and issubclass(kind, pl.exceptions.PolarsError):
            return kind(text)
    if module == "builtins":
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, (OSError, MemoryError)):
            return kind(text)
    if module.startswith(_OURS):
        kind = getattr(importlib.import_module(module), name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            error = kind.__new__(kind, text)
            error.args = (text,)
            vars(error).update(fields["state"])
            return error
    return WorkerFailure(f"{name}: {text}")
