"""array_ndims(array): how many dimensions the array has: 2 for an array of arrays."""

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(array: Argument) -> pl.Expr:
    """The type tells it."""
    levels, dtype = 1, elements(array.dtype)
    while isinstance(dtype, pl.List):
        levels, dtype = levels + 1, elements(dtype)
    return pl.when(array.expr.is_not_null()).then(pl.lit(levels, dtype=pl.Int64))


ARRAY_NDIMS = ScalarFunction(
    name="array_ndims",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=pl.Int64(),
    build=build,
    doc="How many dimensions the array has: 2 for an array of arrays.",
    examples=(Example("SELECT array_ndims(make_array(make_array(1)))", "2"),),
    aliases=("list_ndims",),
)
