"""The four commands that ask for keys: no table has any."""

import pyarrow as pa

from query_engine.flight.command import Command
from query_engine.flight.metadata.keys import (
    FOREIGN_KEYS_SCHEMA,
    PRIMARY_KEYS_SCHEMA,
    foreign_keys,
    primary_keys,
)
from query_engine.flight.request import Request, Rows


def schema_of_primary(request: Request) -> pa.Schema:
    """Return the specification's schema."""
    del request
    return PRIMARY_KEYS_SCHEMA


def rows_of_primary(request: Request) -> Rows:
    """Return no rows."""
    del request
    return Rows.of(primary_keys())


def schema_of_foreign(request: Request) -> pa.Schema:
    """Return the specification's schema."""
    del request
    return FOREIGN_KEYS_SCHEMA


def rows_of_foreign(request: Request) -> Rows:
    """Return no rows."""
    del request
    return Rows.of(foreign_keys())


PRIMARY_KEYS = Command(
    name="CommandGetPrimaryKeys",
    doc="No rows: no table has keys.",
    schema=schema_of_primary,
    rows=rows_of_primary,
)
EXPORTED_KEYS, IMPORTED_KEYS, CROSS_REFERENCE = (
    Command(
        name=name,
        doc="No rows: no table has keys.",
        schema=schema_of_foreign,
        rows=rows_of_foreign,
    )
    for name in ("CommandGetExportedKeys", "CommandGetImportedKeys", "CommandGetCrossReference")
)
