"""CommandGetTables, CommandGetTableTypes: what a query may name, by patterns and types."""

import pyarrow as pa

from query_engine.flight.command import Command
from query_engine.flight.metadata.tables import (
    TABLE_TYPES_SCHEMA,
    TABLES_SCHEMA,
    TABLES_WITH_COLUMNS_SCHEMA,
    table_types,
    tables,
)
from query_engine.flight.request import Request, Rows

CATALOG, SCHEMA_PATTERN, TABLE_PATTERN, TYPES, INCLUDE_SCHEMA = 1, 2, 3, 4, 5


def schema(request: Request) -> pa.Schema:
    """Return the specification's schema, with the tables' own where they are asked for."""
    with_columns = request.message.flag(INCLUDE_SCHEMA)
    return TABLES_WITH_COLUMNS_SCHEMA if with_columns else TABLES_SCHEMA


def rows(request: Request) -> Rows:
    """Return the tables."""
    asked = request.message
    found = tables(
        request.engine.service.catalog(),
        in_catalog=asked.optional_text(CATALOG),
        schema_pattern=asked.optional_text(SCHEMA_PATTERN),
        table_pattern=asked.optional_text(TABLE_PATTERN),
        types=asked.texts(TYPES),
        with_columns=asked.flag(INCLUDE_SCHEMA),
    )
    return Rows.of(found)


def schema_of_types(request: Request) -> pa.Schema:
    """Return the specification's schema."""
    del request
    return TABLE_TYPES_SCHEMA


def rows_of_types(request: Request) -> Rows:
    """Return the types of tables."""
    del request
    return Rows.of(table_types())


TABLES = Command(
    name="CommandGetTables",
    doc="The tables of `information_schema.tables`, by patterns and types, with columns if asked.",
    schema=schema,
    rows=rows,
)
TABLE_TYPES = Command(
    name="CommandGetTableTypes",
    doc="`BASE TABLE` and `VIEW`.",
    schema=schema_of_types,
    rows=rows_of_types,
)
