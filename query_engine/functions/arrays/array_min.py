"""array_min(array): the least element that is not NULL; NULL if there is none."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """An element."""
    return elements(arguments[0].dtype)


ARRAY_MIN = ScalarFunction(
    name="array_min",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=returns,
    build=lambda array: array.expr.list.min(),
    doc="The least element that is not NULL; NULL if there is none.",
    examples=(Example("SELECT array_min(make_array(3, 1, 2))", "1"),),
    aliases=("list_min",),
)
