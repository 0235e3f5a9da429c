"""CommandGetCatalogs: there is one."""

import pyarrow as pa

from query_engine.flight.command import Command
from query_engine.flight.metadata.places import CATALOGS_SCHEMA, catalogs
from query_engine.flight.request import Request, Rows


def schema(request: Request) -> pa.Schema:
    """Return the specification's schema."""
    del request
    return CATALOGS_SCHEMA


def rows(request: Request) -> Rows:
    """Return the one catalog."""
    del request
    return Rows.of(catalogs())


CATALOGS = Command(
    name="CommandGetCatalogs", doc="The one catalog, `limnograph`.", schema=schema, rows=rows
)
