"""property_keys(properties): the keys of the map, in their order."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

PROPERTY_KEYS = ScalarFunction(
    name="property_keys",
    group="Properties",
    parameters=(Parameter("properties", Kind.MAP),),
    returns=pl.List(pl.String()),
    build=lambda properties: properties.expr.map.keys(),
    doc="The keys of the map, in their order.",
    examples=(Example("SELECT property_keys(property_map('route', '/pay'))", "[route]"),),
    aliases=("map_keys",),
)
