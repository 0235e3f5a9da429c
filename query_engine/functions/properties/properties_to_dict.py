"""properties_to_dict(properties): the properties as an array of key and value."""

import polars as pl

from query_engine.functions.function import (
    ENTRIES,
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.json.documents import as_text, entries, read
from query_engine.functions.rowwise import rowwise


def compute(document: bytes) -> list[dict[str, str]] | None:
    """Return the members of an object, values as property_get shows them."""
    value = read(document)
    if not isinstance(value, dict):
        return None
    return [{"key": key, "value": as_text(inner)} for key, inner in value.items()]


def build(properties: Argument) -> pl.Expr:
    """Take maps apart in the engine, JSON by document."""
    if isinstance(properties.dtype, pl.Binary):
        return rowwise(compute, [properties], ENTRIES)
    return entries(properties)


PROPERTIES_TO_DICT = ScalarFunction(
    name="properties_to_dict",
    group="Properties",
    parameters=(Parameter("properties", Kind.JSON),),
    returns=ENTRIES,
    build=build,
    doc="The properties as an array of structs of key and value; NULL for JSON that is no object.",
    examples=(
        Example("SELECT array_length(properties_to_dict(property_map('route', '/pay')))", "1"),
    ),
)
