"""
Our errors as Flight errors: the right gRPC status and one line of clean text.

Decided here: pyarrow gives INVALID_ARGUMENT, NOT_FOUND and UNIMPLEMENTED only to exceptions that
are not Flight errors, and appends Python's rendering of them, traceback included. The server
process sets ``sys.tracebacklimit = 0`` (see ``__main__``): the class name and our text are left.
"""

import pyarrow as pa
import pyarrow.flight as fl

from assets.errors import CallerError, LakeError, NotFound, Overloaded, StorageUnavailable
from query_engine.errors import Cancelled, ResourceExhausted, TimeLimit
from query_engine.failures import error_line
from query_engine.sql.errors import Unsupported


def as_flight_error(error: LakeError) -> Exception:
    """Return what a Flight handler raises so that the client gets the status of *error*."""
    flight_error: Exception = _kind(error)(error_line(error))
    return flight_error


def _kind(error: LakeError) -> type[Exception]:
    kind: type[Exception]
    match error:
        case Unsupported():
            kind = pa.ArrowNotImplementedError
        case NotFound():
            kind = pa.ArrowKeyError
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
