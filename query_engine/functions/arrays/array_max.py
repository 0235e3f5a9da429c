"""
array_max(array): the greatest element that is not NULL; NULL if there is none. NaN is greater
than every number.
"""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """An element."""
    return elements(arguments[0].dtype)


def build(array: Argument) -> pl.Expr:
    """Polars' own passes NaN over."""
    if elements(array.dtype).is_float():
        return array.expr.list.agg(pl.element().nan_max())
    return array.expr.list.max()


ARRAY_MAX = ScalarFunction(
    name="array_max",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=returns,
    build=build,
    doc=(
        "The greatest element that is not NULL; NULL if there is none. NaN is greater than "
        "every number."
    ),
    examples=(Example("SELECT array_max(make_array(1, 3, 2))", "3"),),
    aliases=("list_max",),
)
