"""CommandPreparedStatementQuery: the rows of a prepared statement, and DoPut to bind its values."""

import pyarrow as pa

from query_engine.flight import prepared
from query_engine.flight.command import Command
from query_engine.flight.handles import ticket_handle
from query_engine.flight.proto import pack_any, pack_fields
from query_engine.flight.queries import sent_schema
from query_engine.flight.request import Request, Rows, Upload

HANDLE = 1


def schema(request: Request) -> pa.Schema:
    """Return the schema with the values that are bound, if any are."""
    statement = prepared.statement_of(request, request.message.text(HANDLE))
    return sent_schema(request, statement.query.schema)


def rows(request: Request) -> Rows:
    """Run the statement."""
    return prepared.run(request, request.message.text(HANDLE))


def put(request: Request, upload: Upload) -> bytes:
    """Bind values; the answer names the same handle, because some clients ignore a new one."""
    statement = prepared.bind(request, request.message.text(HANDLE), upload)
    return pack_fields({1: prepared.handle_of(statement)})


def ticket(request: Request) -> bytes:
    """Return a ticket that has the id and the headers of the query as well."""
    handle = prepared.handle_of(prepared.statement_of(request, request.message.text(HANDLE)))
    return pack_any("TicketStatementQuery", {1: ticket_handle(handle, request.call.headers)})


PREPARED = Command(
    name="CommandPreparedStatementQuery",
    doc="The rows of a prepared statement; DoPut binds values, of which each row is one query, and "
    "their results follow one another.",
    schema=schema,
    rows=rows,
    put=put,
    ticket=ticket,
)
