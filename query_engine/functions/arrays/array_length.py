"""array_length(array): how many elements the array has."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

ARRAY_LENGTH = ScalarFunction(
    name="array_length",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=pl.Int64(),
    build=lambda array: array.expr.list.len().cast(pl.Int64),
    doc="How many elements the array has.",
    examples=(Example("SELECT array_length(string_to_array('a,b', ','))", "2"),),
    aliases=("cardinality",),
)
