"""CommandStatementUpdate, CommandPreparedStatementUpdate: refused, the query service only reads."""

from query_engine.flight.command import Command

_INSTEAD = (
    "updates are not supported: the query service only reads; run a SELECT as a query, and record "
    "new events with the SDK"
)

STATEMENT_UPDATE = Command(
    name="CommandStatementUpdate", doc="Refused: the service only reads.", refusal=_INSTEAD
)
PREPARED_UPDATE = Command(
    name="CommandPreparedStatementUpdate", doc="Refused: the service only reads.", refusal=_INSTEAD
)
