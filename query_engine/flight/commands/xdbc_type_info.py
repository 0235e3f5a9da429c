"""CommandGetXdbcTypeInfo: the types of SQL in the words of ODBC and JDBC."""

import pyarrow as pa

from query_engine.flight.command import Command
from query_engine.flight.metadata.data_types import TYPE_INFO_SCHEMA, type_info
from query_engine.flight.request import Request, Rows

DATA_TYPE = 1


def schema(request: Request) -> pa.Schema:
    """Return the specification's schema."""
    del request
    return TYPE_INFO_SCHEMA


def rows(request: Request) -> Rows:
    """Return the types, or those of the code that is asked for."""
    asked = request.message
    return Rows.of(type_info(asked.signed(DATA_TYPE) if asked.has(DATA_TYPE) else None))


XDBC_TYPE_INFO = Command(
    name="CommandGetXdbcTypeInfo",
    doc="The types of SQL in the words of ODBC and JDBC.",
    schema=schema,
    rows=rows,
)
