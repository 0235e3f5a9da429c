"""map_extract(map, key): an array of the value of a key, or of NULL if the map does not have it."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.maps.types import key_type, values_of


def build(entries: Argument, key: Argument) -> pl.Expr:
    """Look up."""
    return pl.concat_list(entries.expr.map.get(key.expr.cast(key_type(entries.dtype))))


MAP_EXTRACT = ScalarFunction(
    name="map_extract",
    group="Maps",
    parameters=(Parameter("map", Kind.MAP), Parameter("key", Kind.ANY)),
    returns=values_of,
    build=build,
    doc="An array of the value of a key, or of NULL if the map does not have it.",
    examples=(Example("SELECT map_extract(MAP {'a': 1}, 'a')", "[1]"),),
    aliases=("element_at",),
    strict=False,
)
