"""array_any_value(array): the first element that is not NULL; NULL if there is none."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """An element."""
    return elements(arguments[0].dtype)


ARRAY_ANY_VALUE = ScalarFunction(
    name="array_any_value",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=returns,
    build=lambda array: array.expr.list.drop_nulls().list.first(),
    doc="The first element that is not NULL; NULL if there is none.",
    examples=(Example("SELECT array_any_value(make_array(NULL, 3, 2))", "3"),),
    aliases=("list_any_value",),
)
