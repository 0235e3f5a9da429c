"""
An error on its way from a worker to the service: told in JSON, never unpickled.

Rule: what the service makes of it is an error of ours, of the engine, or of the operating system,
looked up in fixed places; anything else becomes `WorkerFailure`, which clients never see.
"""

import builtins
import importlib
import json
import re
import traceback
from typing import Any

import polars as pl

from query_engine.errors import ResourceExhausted
from query_engine.limits import WORKER_TEXT_BYTES_MAX

_OURS = ("query_engine.", "assets.")
_OUT_OF_DISK = re.compile(r"out-of-core disk budget|OUT_OF_DISK|No space left on device")


def out_of_disk() -> ResourceExhausted:
    """Return the error for a query whose intermediate results found no room."""
    return ResourceExhausted(
        "the query needs more disk for its intermediate results than one query may use (setting "
        "spill_bytes_max) or than is free; ask for a shorter range or fewer columns, aggregate "
        "before joining or sorting, or add a LIMIT"
    )


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
        # A panic leaves the engine in a state that nobody knows, and giving up leaves files.
        "fatal": not isinstance(error, Exception) or bool(_OUT_OF_DISK.search(str(error))),
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
        if _OUT_OF_DISK.search(text):
            return out_of_disk()
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
