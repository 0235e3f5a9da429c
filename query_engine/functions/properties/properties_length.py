"""properties_length(properties): how many keys there are."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import read
from query_engine.functions.rowwise import rowwise


def compute(document: bytes) -> int:
    """Return how many members an object has; anything else has none."""
    value = read(document)
    return len(value) if isinstance(value, dict) else 0


def build(properties: Argument) -> pl.Expr:
    """Count where it is cheapest."""
    if isinstance(properties.dtype, pl.Map):
        return properties.expr.map.len().cast(pl.Int32)
    if isinstance(properties.dtype, pl.List):
        return properties.expr.list.len().cast(pl.Int32)
    return rowwise(compute, [properties], pl.Int32())


PROPERTIES_LENGTH = ScalarFunction(
    name="properties_length",
    group="Properties",
    parameters=(Parameter("properties", Kind.JSON),),
    returns=pl.Int32(),
    build=build,
    doc="How many keys a map, an array of key and value, or a JSON object has; 0 for other JSON.",
    examples=(
        Example("SELECT properties_length(property_map('route', '/pay'))", "1"),
        Example("SELECT properties_length(jsonb_parse('[1, 2]'))", "0"),
    ),
)
