"""properties_length(properties): how many keys the map has."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

PROPERTIES_LENGTH = ScalarFunction(
    name="properties_length",
    group="Properties",
    parameters=(Parameter("properties", Kind.MAP),),
    returns=pl.Int32(),
    build=lambda properties: properties.expr.map.len().cast(pl.Int32),
    doc="How many keys the map has.",
    examples=(Example("SELECT properties_length(property_map('route', '/pay'))", "1"),),
)
