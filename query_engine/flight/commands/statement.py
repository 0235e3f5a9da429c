"""CommandStatementQuery: SQL to a schema and a ticket."""

import pyarrow as pa

from query_engine.flight.command import Command
from query_engine.flight.handles import ticket_handle
from query_engine.flight.proto import pack_any
from query_engine.flight.queries import schema_of, start
from query_engine.flight.request import Request, Rows
from query_engine.flight.transactions import refuse_transaction

QUERY, TRANSACTION = 1, 2


def sql_of(request: Request) -> str:
    """
    Return the text.

    Raises:
        NotOffered: It belongs to a transaction.
    """
    refuse_transaction(request.message, TRANSACTION)
    return request.message.text(QUERY)


def schema(request: Request) -> pa.Schema:
    """Plan the text without reading."""
    return schema_of(request, sql_of(request))


def rows(request: Request) -> Rows:
    """Run the text: some clients use the command as a ticket."""
    return start(request, sql_of(request))


def ticket(request: Request) -> bytes:
    """Return a ticket whose handle is the text, with the id and the headers of its query."""
    return pack_any(
        "TicketStatementQuery", {1: ticket_handle(sql_of(request), request.call.headers)}
    )


STATEMENT = Command(
    name="CommandStatementQuery",
    doc="One SELECT: its schema, by planning only, and a ticket that runs it.",
    schema=schema,
    rows=rows,
    ticket=ticket,
)
