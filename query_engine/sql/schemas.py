"""
Where tables are: one catalog, in it ``public`` with what is asked about, and schemas beside it.

A catalog brings schemas of its own (``Catalog.schemas``); ``information_schema`` is made here.
"""

from collections.abc import Mapping

from query_engine.sql.catalog import Catalog, Schema
from query_engine.sql.errors import UnknownTable
from query_engine.sql.information_schema import NAME, PUBLIC, InformationSchema

CATALOG_NAME = "limnograph"


def schemas(catalog: Catalog) -> Mapping[str, Schema]:
    """Return every schema of *catalog* by name."""
    own = {PUBLIC: catalog, **catalog.schemas()}
    return {**own, NAME: InformationSchema(CATALOG_NAME, own)}


def schema_named(catalog: Catalog, name: str | None) -> Schema:
    """
    Return the schema that a name before a table's means; the public one when there is none.

    Raises:
        UnknownTable: There is no such schema.
    """
    known = schemas(catalog)
    if name is None:
        return known[PUBLIC]
    if name not in known:
        raise UnknownTable(f'there is no schema "{name}"', hint=f"there are {', '.join(known)}")
    return known[name]
