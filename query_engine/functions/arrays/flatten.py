"""flatten(array): an array of arrays as one array; others as they are."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.arrays.items import elements, flattened
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """One level less, if there are two."""
    inner = elements(arguments[0].dtype)
    return inner if isinstance(inner, pl.List) else arguments[0].dtype


FLATTEN = ScalarFunction(
    name="flatten",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=returns,
    build=lambda array: flattened(array.expr, array.dtype)[0],
    doc="An array of arrays as one array; others as they are.",
    examples=(Example("SELECT flatten(make_array(make_array(1), make_array(2, 3)))", "[1, 2, 3]"),),
)
