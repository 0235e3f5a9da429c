"""CommandGetDbSchemas: the schemas, by a pattern of their names."""

import pyarrow as pa

from query_engine.flight.command import Command
from query_engine.flight.metadata.places import DB_SCHEMAS_SCHEMA, db_schemas
from query_engine.flight.request import Request, Rows

CATALOG, PATTERN = 1, 2


def schema(request: Request) -> pa.Schema:
    """Return the specification's schema."""
    del request
    return DB_SCHEMAS_SCHEMA


def rows(request: Request) -> Rows:
    """Return the schemas."""
    asked = request.message
    catalog = request.engine.service.catalog()
    return Rows.of(db_schemas(catalog, asked.optional_text(CATALOG), asked.optional_text(PATTERN)))


DB_SCHEMAS = Command(
    name="CommandGetDbSchemas",
    doc="The schemas of `information_schema.schemata`, by a pattern.",
    schema=schema,
    rows=rows,
)
