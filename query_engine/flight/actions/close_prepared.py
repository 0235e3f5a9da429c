"""ClosePreparedStatement: a statement's values are not needed any more."""

from collections.abc import Iterator

from query_engine.flight import prepared
from query_engine.flight.action import Action
from query_engine.flight.request import Request

HANDLE = 1


def run(request: Request) -> Iterator[bytes]:
    """Forget the statement; yields nothing."""
    prepared.close(request, request.message.text(HANDLE))
    return iter(())


CLOSE_PREPARED = Action(
    name="ClosePreparedStatement",
    doc="Forgets a prepared statement and its values; harmless when that has happened.",
    request="ActionClosePreparedStatementRequest",
    run=run,
)
