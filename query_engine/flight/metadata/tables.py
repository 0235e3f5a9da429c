"""GetTables and GetTableTypes: the tables that a query may name, with columns if asked for."""

from collections.abc import Collection

import pyarrow as pa

from query_engine.flight.metadata.columns import REMARKS, column_field
from query_engine.flight.metadata.patterns import named_like
from query_engine.sql.catalog import Catalog, DescribedTable, Schema
from query_engine.sql.information_schema import (
    BASE_TABLE,
    NAME,
    VIEW,
    InformationSchema,
)
from query_engine.sql.information_schema import tables as listed
from query_engine.sql.schemas import CATALOG_NAME, schemas

TYPES = (BASE_TABLE, VIEW)
COMMON_NAME = "TABLE"
"""What tools call a BASE TABLE that do not ask for the types first."""

TABLE_TYPES_SCHEMA = pa.schema([pa.field("table_type", pa.utf8(), nullable=False)])
TABLES_SCHEMA = pa.schema(
    [
        pa.field("catalog_name", pa.utf8()),
        pa.field("db_schema_name", pa.utf8()),
        pa.field("table_name", pa.utf8(), nullable=False),
        pa.field("table_type", pa.utf8(), nullable=False),
    ]
)
TABLES_WITH_COLUMNS_SCHEMA = TABLES_SCHEMA.append(
    pa.field("table_schema", pa.binary(), nullable=False)
)


def table_types() -> pa.Table:
    """Return the types of tables."""
    return pa.table([list(TYPES)], schema=TABLE_TYPES_SCHEMA)


def tables(
    catalog: Catalog,
    *,
    in_catalog: str | None = None,
    schema_pattern: str | None = None,
    table_pattern: str | None = None,
    types: Collection[str] = (),
    with_columns: bool = False,
) -> pa.Table:
    """
    Return the tables of *catalog*, by schema and name.

    Args:
        catalog: What a query may name.
        in_catalog: Only those of this catalog.
        schema_pattern: Only those of schemas named like it.
        table_pattern: Only those named like it.
        types: Only those of one of these types; without any, of all.
        with_columns: Each with its Arrow schema, as an IPC message.
    """
    in_schema, named = named_like(schema_pattern), named_like(table_pattern)
    of_types = {BASE_TABLE if name == COMMON_NAME else name for name in types or TYPES}
    places = schemas(catalog)
    about = places[NAME]
    assert isinstance(about, InformationSchema), "the schemas tell about themselves"
    rows = sorted(
        (str(place), str(schema), str(table), str(kind))
        for place, schema, table, kind in listed(about)
        if in_catalog in {None, place}
        and in_schema(str(schema))
        and named(str(table))
        and kind in of_types
    )
    schema = TABLES_WITH_COLUMNS_SCHEMA if with_columns else TABLES_SCHEMA
    answers = (
        (*row, table_schema(places[row[1]], row[1], row[2])) if with_columns else row
        for row in rows
    )
    return pa.Table.from_pylist(
        [dict(zip(schema.names, answer, strict=True)) for answer in answers], schema=schema
    )


def table_schema(place: Schema, schema: str, name: str) -> bytes:
    """Return the columns of a table as an IPC message; its sentence is the schema's own remark."""
    table = place.table(name)
    described = table if isinstance(table, DescribedTable) else None
    docs = described.column_docs if described else {}
    fields = [
        column_field((CATALOG_NAME, schema, name), column, dtype, docs.get(column, ""))
        for column, dtype in table.schema.items()
    ]
    remarks = {REMARKS: described.doc} if described else None
    message: bytes = pa.schema(fields, metadata=remarks).serialize().to_pybytes()
    return message
