"""
Our errors as Flight errors: the right gRPC status, one line of clean text, the rest in trailers.

Decided here: pyarrow gives INVALID_ARGUMENT, NOT_FOUND and UNIMPLEMENTED only to exceptions that
are not Flight errors, and appends Python's rendering of them, traceback included. The server
process sets ``sys.tracebacklimit = 0`` (see ``__main__``): the class name and our text are left.
"""

from urllib.parse import quote

import pyarrow as pa
import pyarrow.flight as fl

from assets.errors import CallerError, LakeError, NotFound, Overloaded, StorageUnavailable
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


def as_flight_error(error: LakeError) -> Exception:
    """Return what a Flight handler raises so that the client gets the status of *error*."""
    flight_error: Exception = _kind(error)(error_line(error))
    return flight_error


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
            kind = pa.ArrowNotImplementedError
        case NotFound():
            kind = pa.ArrowKeyError
        case LakeError(http_status=401):
            kind = fl.FlightUnauthenticatedError
        case LakeError(http_status=403):
            kind = fl.FlightUnauthorizedError
        case CallerError():
            kind = pa.ArrowInvalid
        case Overloaded() | StorageUnavailable():
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
