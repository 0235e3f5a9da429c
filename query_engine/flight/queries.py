"""Starting a query for a request: the same headers and marks, whichever command asks."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from query_engine.flight.dictionaries import encoded_batches, encoded_schema
from query_engine.flight.handles import Handle
from query_engine.flight.request import Request, Rows
from query_engine.sql.parameters import Given

DOOR = "flight"


def start(
    request: Request, sql: str, parameters: Given | None = None, query_id: str | None = None
) -> Rows:
    """
    Start the query of *sql* and return once its schema is known.

    Args:
        request: Whose range, limit and attribution count.
        sql: One SELECT.
        parameters: Values for its parameters.
        query_id: Its id, unless the headers name one; not used while another query has it.

    Raises:
        LakeError: As `QueryService.query`.
    """
    service, headers = request.engine.service, request.call.headers
    if query_id is not None and service.running.get(query_id):
        query_id = None
    stream = service.query(
        sql,
        begin_ns=headers.begin_ns,
        end_ns=headers.end_ns,
        limit=headers.limit,
        parameters=parameters,
        door=DOOR,
        client=request.call.client,
        who=headers.who,
        principal=headers.principal,
        query_id=headers.query_id or query_id,
        on_demand=headers.on_demand,
        is_cancelled=request.call.is_cancelled,
    )
    schema = sent_schema(request, stream.schema)
    batches: Iterator[pa.RecordBatch] = stream.batches
    if schema is not stream.schema:
        batches = encoded_batches(batches, schema)
    return Rows(schema, batches, stream.close, stream.query_id)


def told(request: Request, handle: Handle) -> Request:
    """Return *request* with what the headers of its call leave open and its ticket says."""
    headers = handle.completed(request.call.headers)
    return replace(request, call=replace(request.call, headers=headers))


def schema_of(request: Request, sql: str) -> pa.Schema:
    """
    Return the schema that `start` would answer with, by planning only.

    Raises:
        LakeError: As `QueryService.schema`.
    """
    found = request.engine.service.schema(sql, request.call.headers.principal)
    return sent_schema(request, found)


def sent_schema(request: Request, schema: pa.Schema) -> pa.Schema:
    """Return the form in which the headers ask for rows of *schema*."""
    return encoded_schema(schema) if request.call.headers.preserve_dictionary else schema
