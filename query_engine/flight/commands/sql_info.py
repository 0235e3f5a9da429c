"""CommandGetSqlInfo: facts about the service and its SQL, by their numbers."""

import pyarrow as pa

from query_engine.flight.command import Command
from query_engine.flight.metadata.sql_info.catalog import sql_info
from query_engine.flight.metadata.sql_info.info import SQL_INFO_SCHEMA
from query_engine.flight.request import Request, Rows

CODES = 1


def schema(request: Request) -> pa.Schema:
    """Return the specification's schema."""
    del request
    return SQL_INFO_SCHEMA


def rows(request: Request) -> Rows:
    """Return the facts."""
    return Rows.of(sql_info(request.message.numbers(CODES)))


SQL_INFO = Command(
    name="CommandGetSqlInfo",
    doc="Facts about the service and its SQL by their numbers; unknown numbers are left out.",
    schema=schema,
    rows=rows,
)
