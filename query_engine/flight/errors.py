"""
Our errors as Flight errors: the right gRPC status, one line of clean text, the rest in trailers.

Decided here: pyarrow gives INVALID_ARGUMENT, NOT_FOUND and UNIMPLEMENTED only to exceptions that
are not Flight errors, and appends Python's rendering of them, traceback included. The server
process sets ``sys.tracebacklimit = 0`` (see ``__main__``), and our classes keep their text out of
a rendering: people read it once, and a class name behind it.
"""

import inspect
import json
from urllib.parse import quote

import pyarrow as pa
import pyarrow.flight as fl

from assets.errors import CallerError, LakeError, NotFound, Overloaded, StorageUnavailable
from auth.errors import ProviderUnavailable
from query_engine.errors import Cancelled, NotOffered, ResourceExhausted, TimeLimit
from query_engine.failures import error_fields, error_line
from query_engine.flight.limits import TRAILER_CHARS_MAX
from query_engine.sql.errors import Unsupported

_TRAILERS = {
    "code": "limno-code",
    "message": "limno-message",
    "line": "limno-line",
    "column": "limno-column",
    "hint": "limno-hint",
    "query_id": "limno-query-id",
}


class _SaidOnce(Exception):
    """An error that the module ``traceback`` shows as its class only; all others see its text."""

    def __str__(self) -> str:
        frame = inspect.currentframe()
        caller = frame.f_back if frame is not None else None
        if caller is not None and caller.f_globals.get("__name__") == "traceback":
            return ""
        return str(self.args[0])


class InvalidArgument(_SaidOnce, pa.ArrowInvalid):  # type: ignore[misc]
    """INVALID_ARGUMENT."""

    __module__ = "builtins"  # a rendering names the class without a module then


class NotFoundHere(_SaidOnce, pa.ArrowKeyError):  # type: ignore[misc]
    """NOT_FOUND."""

    __module__ = "builtins"


class Unimplemented(_SaidOnce, pa.ArrowNotImplementedError):  # type: ignore[misc]
    """UNIMPLEMENTED."""

    __module__ = "builtins"


def as_flight_error(error: LakeError) -> Exception:
    """Return what a Flight handler raises so that the client gets the status of *error*."""
    kind = _kind(error)
    if issubclass(kind, fl.FlightError):
        # What refuses a call before it begins sends no trailers; this does arrive.
        refused: Exception = kind(error_line(error), json.dumps({"code": error.code}).encode())
        return refused
    return kind(error_line(error))


def trailers_of(error: LakeError) -> list[tuple[str, str]]:
    """Return what a client is told beside status and text, as HTTP tells it; percent-encoded."""
    fields = error_fields(error)
    told = [
        (trailer, quote(str(fields[name]), safe=" "))
        for name, trailer in _TRAILERS.items()
        if name in fields
    ]
    return [(trailer, value) for trailer, value in told if len(value) <= TRAILER_CHARS_MAX]


def _kind(error: LakeError) -> type[Exception]:
    kind: type[Exception]
    match error:
        case Unsupported() | NotOffered():
            kind = Unimplemented
        case NotFound():
            kind = NotFoundHere
        case LakeError(http_status=401):
            kind = fl.FlightUnauthenticatedError
        case LakeError(http_status=403):
            kind = fl.FlightUnauthorizedError
        case CallerError():
            kind = InvalidArgument
        case Overloaded() | StorageUnavailable() | ProviderUnavailable():
            kind = fl.FlightUnavailableError
        case TimeLimit():
            kind = fl.FlightTimedOutError
        case ResourceExhausted():
            # UNKNOWN: pyarrow cannot send RESOURCE_EXHAUSTED, and clients retry UNAVAILABLE.
            kind = fl.FlightServerError
        case Cancelled():
            kind = fl.FlightCancelledError
        case _:
            kind = fl.FlightInternalError
    return kind
