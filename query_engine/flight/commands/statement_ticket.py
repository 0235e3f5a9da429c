"""TicketStatementQuery: the ticket of a statement, ours or one that a client made of SQL itself."""

from query_engine.flight import prepared
from query_engine.flight.command import Command
from query_engine.flight.handles import unmarked
from query_engine.flight.queries import start
from query_engine.flight.request import Request, Rows

NAME, HANDLE = "TicketStatementQuery", 1


def rows(request: Request) -> Rows:
    """Run the SQL that the handle is, or the prepared statement that it names."""
    handle = request.message.text(HANDLE)
    sql, marks = unmarked(handle)
    if "ps" in marks:
        return prepared.run(request, handle)
    return start(request, sql, query_id=marks.get("q"))


STATEMENT_TICKET = Command(
    name=NAME,
    doc="Runs a statement; the handle is one of GetFlightInfo, or any SQL text.",
    rows=rows,
    refusal="send a CommandStatementQuery",
)
