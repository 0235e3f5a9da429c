"""TicketStatementQuery: the ticket of a statement, ours or one that a client made of SQL itself."""

from query_engine.flight import prepared
from query_engine.flight.command import Command
from query_engine.flight.handles import opened
from query_engine.flight.queries import start, told
from query_engine.flight.request import Request, Rows

NAME, HANDLE = "TicketStatementQuery", 1


def rows(request: Request) -> Rows:
    """Run the SQL that the handle is, or the prepared statement that it names."""
    text = request.message.text(HANDLE)
    handle = opened(text)
    if handle.statement is not None:
        return prepared.run(request, text)
    return start(told(request, handle), handle.sql, query_id=handle.query_id)


STATEMENT_TICKET = Command(
    name=NAME,
    doc="Runs a statement; the handle is one of GetFlightInfo, or any SQL text.",
    rows=rows,
    refusal="send a CommandStatementQuery",
)
