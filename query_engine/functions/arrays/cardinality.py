"""
cardinality(array): how many elements the array has; in an array of arrays, those of all of them.
"""

import polars as pl

from query_engine.functions.arrays.items import elements, flattened
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(array: Argument) -> pl.Expr:
    """Count what is left when nothing is nested."""
    expr, dtype = array.expr, array.dtype
    while isinstance(elements(dtype), pl.List):
        expr, dtype = flattened(expr, dtype)
    return expr.list.len().cast(pl.Int64)


CARDINALITY = ScalarFunction(
    name="cardinality",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=pl.Int64(),
    build=build,
    doc="How many elements the array has; in an array of arrays, those of all of them.",
    examples=(Example("SELECT cardinality(make_array(make_array(1), make_array(2, 3)))", "3"),),
)
