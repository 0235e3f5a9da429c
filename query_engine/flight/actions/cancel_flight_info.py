"""CancelFlightInfo and the older CancelQuery: stop the query of a FlightInfo."""

from collections.abc import Iterator

from query_engine.flight.action import Action
from query_engine.flight.flight_info import query_ids
from query_engine.flight.proto import pack_any, pack_fields
from query_engine.flight.request import Request

INFO = 1
CANCELLED, NOT_CANCELLABLE = 1, 3
"""The same numbers in both results; a query that has ended, or was never asked, is the latter."""


def status(request: Request) -> int:
    """Stop what runs of the request's FlightInfo; returns what to answer."""
    ids = query_ids(request.message.message(INFO, "FlightInfo"))
    stopped = [request.engine.cancel(query_id, request.call.headers.principal) for query_id in ids]
    return CANCELLED if any(stopped) else NOT_CANCELLABLE


def cancel_flight_info(request: Request) -> Iterator[bytes]:
    """Yield one CancelFlightInfoResult."""
    yield pack_fields({1: status(request)})


def cancel_query(request: Request) -> Iterator[bytes]:
    """Yield one ActionCancelQueryResult."""
    yield pack_any("ActionCancelQueryResult", {1: status(request)})


_DOC = (
    "Stops the query of a FlightInfo of this service: CANCELLED if it was under way, else "
    "NOT_CANCELLABLE."
)

CANCEL_FLIGHT_INFO = Action(
    name="CancelFlightInfo",
    doc=_DOC,
    request="CancelFlightInfoRequest",
    wrapped=False,
    run=cancel_flight_info,
)
CANCEL_QUERY = Action(
    name="CancelQuery", doc=_DOC, request="ActionCancelQueryRequest", run=cancel_query
)
