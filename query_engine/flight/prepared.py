"""The life of a prepared statement: made, given values, run, closed."""

import pyarrow as pa

from assets.errors import LimitExceeded, NotFound
from query_engine.errors import Cancelled
from query_engine.flight.each_row import run_each
from query_engine.flight.handles import opened, prepared_handle
from query_engine.flight.limits import BIND_BYTES_MAX, BIND_ROWS_MAX
from query_engine.flight.parameters import given_rows, named_columns, ordered
from query_engine.flight.queries import sent_schema, start, told
from query_engine.flight.request import Request, Rows, Upload
from query_engine.flight.statements import Statement, new_statement, with_values
from query_engine.sql.errors import BadParameter


def create(request: Request, sql: str) -> Statement:
    """
    Prepare *sql*.

    Raises:
        LakeError: As `QueryService.prepare`.
    """
    query = request.engine.service.prepare(sql, principal=request.call.headers.principal)
    statement = new_statement(sql, tuple(ordered(query.parameters.names)), query)
    request.engine.statements.keep(statement)
    return statement


def handle_of(statement: Statement) -> str:
    """Return the handle that clients have of a statement."""
    return prepared_handle(statement.sql, statement.name)


def statement_of(request: Request, handle: str) -> Statement:
    """
    Return the statement of a handle; one that was forgotten is prepared anew, without its values.

    Raises:
        NotFound: It is no handle of ours.
        LakeError: As `create`.
    """
    named = opened(handle)
    sql, name = named.sql, named.statement
    kept = request.engine.statements.get(name) if name else None
    if name is None or (kept is not None and kept.sql != sql):
        raise NotFound("there is no such prepared statement; prepare it again")
    if kept is not None:
        return kept
    query = request.engine.service.prepare(sql, principal=request.call.headers.principal)
    statement = Statement(name, sql, tuple(ordered(query.parameters.names)), query)
    request.engine.statements.keep(statement)
    return statement


def close(request: Request, handle: str) -> None:
    """Forget a statement; harmless when that has happened."""
    name = opened(handle).statement
    if name is not None:
        request.engine.statements.close(name)


def bind(request: Request, handle: str, upload: Upload) -> Statement:
    """
    Give a statement the values that its next runs use.

    Raises:
        BadParameter: They do not fit the statement.
        LimitExceeded: They are too many.
        LakeError: As `statement_of`.
    """
    statement = statement_of(request, handle)
    table = named_columns(statement.names, received(request, upload))
    rows = given_rows(table)
    query = statement.query
    if rows:
        query = request.engine.service.prepare(
            statement.sql, rows[0], request.call.headers.principal
        )
    statement = with_values(statement, table, query)
    request.engine.statements.keep(statement)
    return statement


def received(request: Request, upload: Upload) -> pa.Table:
    """
    Return an upload that is small.

    Raises:
        LimitExceeded: It is not.
        Cancelled: Its client left before its end.
    """
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in upload.batches:
        batches.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > BIND_ROWS_MAX or size > BIND_BYTES_MAX:
            raise LimitExceeded(
                f"more than {BIND_ROWS_MAX} rows (BIND_ROWS_MAX) or {BIND_BYTES_MAX} bytes "
                "(BIND_BYTES_MAX) of values for one statement; bind fewer at a time"
            )
    if request.call.is_cancelled():
        raise Cancelled("the client left before it had sent all values")
    return pa.Table.from_batches(batches, upload.schema)


def run(request: Request, handle: str) -> Rows:
    """
    Run a statement with the values that are bound to it: the results of all rows, in order.

    Raises:
        BadParameter: There are none and it needs some.
        LakeError: As `start`.
    """
    statement = statement_of(request, handle)
    named = opened(handle)
    request, query_id = told(request, named), named.query_id
    if not statement.names:
        return start(request, statement.sql, query_id=query_id)
    if statement.bound is None:
        raise BadParameter(
            f"no values are bound to the parameters {', '.join(statement.names)}",
            hint="bind them first, and again after an hour without use",
        )
    rows = given_rows(statement.bound)
    if not rows:
        return Rows(sent_schema(request, statement.query.schema), iter(()))
    if len(rows) == 1:
        return start(request, statement.sql, rows[0], query_id)
    return run_each(request, statement.sql, rows, query_id)
