"""GetCatalogs and GetDbSchemas: where tables are."""

import pyarrow as pa

from query_engine.flight.metadata.patterns import named_like
from query_engine.sql.catalog import Catalog
from query_engine.sql.schemas import CATALOG_NAME, schemas

CATALOGS_SCHEMA = pa.schema([pa.field("catalog_name", pa.utf8(), nullable=False)])
DB_SCHEMAS_SCHEMA = pa.schema(
    [
        pa.field("catalog_name", pa.utf8()),
        pa.field("db_schema_name", pa.utf8(), nullable=False),
    ]
)


def catalogs() -> pa.Table:
    """Return the one catalog."""
    return pa.table([[CATALOG_NAME]], schema=CATALOGS_SCHEMA)


def db_schemas(catalog: Catalog, in_catalog: str | None, pattern: str | None) -> pa.Table:
    """
    Return the schemas of *catalog* by name.

    Args:
        catalog: What a query may name.
        in_catalog: Only those of this catalog.
        pattern: Only those named like it.
    """
    wanted = named_like(pattern)
    found = sorted(name for name in schemas(catalog) if wanted(name))
    found = found if in_catalog in {None, CATALOG_NAME} else []
    return pa.table([[CATALOG_NAME] * len(found), found], schema=DB_SCHEMAS_SCHEMA)
