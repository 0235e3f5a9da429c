"""CreatePreparedStatement: what a text yields and takes, and a handle to run it by."""

from collections.abc import Iterator

import pyarrow as pa

from query_engine.flight import prepared
from query_engine.flight.action import Action
from query_engine.flight.proto import pack_any
from query_engine.flight.request import Request
from query_engine.flight.transactions import refuse_transaction

QUERY, TRANSACTION = 1, 2


def run(request: Request) -> Iterator[bytes]:
    """Yield one ActionCreatePreparedStatementResult."""
    refuse_transaction(request.message, TRANSACTION)
    statement = prepared.create(request, request.message.text(QUERY))
    fields = [statement.query.parameters.field(name) for name in statement.names]
    yield pack_any(
        "ActionCreatePreparedStatementResult",
        {
            1: prepared.handle_of(statement),
            2: ipc_stream(statement.query.schema),
            3: ipc_stream(pa.schema(fields)),
        },
    )


def ipc_stream(schema: pa.Schema) -> bytes:
    """Return an IPC stream without batches: some clients open nothing less, however empty."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema):
        pass
    return bytes(sink.getvalue())


CREATE_PREPARED = Action(
    name="CreatePreparedStatement",
    doc="Prepares a SELECT: answers its handle, the schema of its rows and that of its parameters.",
    request="ActionCreatePreparedStatementRequest",
    run=run,
)
