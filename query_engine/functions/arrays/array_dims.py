"""
array_dims(array): the length of each dimension, measured at first elements; NULL for an empty
array.
"""

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(array: Argument) -> pl.Expr:
    """Go down first elements; a missing one has no length."""
    expr, dtype = array.expr, array.dtype
    lengths = [expr.list.len().cast(pl.Int64)]
    while isinstance(elements(dtype), pl.List):
        expr, dtype = expr.list.first(), elements(dtype)
        lengths.append(expr.list.len().cast(pl.Int64).fill_null(0))
    return pl.when(array.expr.list.len() > 0).then(pl.concat_list(lengths))


ARRAY_DIMS = ScalarFunction(
    name="array_dims",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=pl.List(pl.Int64()),
    build=build,
    doc="The length of each dimension, measured at first elements; NULL for an empty array.",
    examples=(Example("SELECT array_dims(make_array(make_array(1, 2)))", "[1, 2]"),),
    aliases=("list_dims",),
)
