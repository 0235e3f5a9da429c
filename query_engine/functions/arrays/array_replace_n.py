"""
array_replace_n(array, element, by, n): the array with the first n elements that are the given one
replaced; NULL is found too.
"""

import polars as pl

from query_engine.functions.arrays.removal import replaced
from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)
from query_engine.functions.rowwise import rowwise


def build(array: Argument, element: Argument, by: Argument, n: Argument) -> pl.Expr:
    """Replace."""
    return rowwise(replaced, [array, element, by, n], array.dtype, nulls=True)


ARRAY_REPLACE_N = ScalarFunction(
    name="array_replace_n",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.SAME_LIST),
        Parameter("element", Kind.ELEMENT),
        Parameter("by", Kind.ELEMENT),
        Parameter("n", Kind.INTEGER),
    ),
    returns=same_as(0),
    build=build,
    doc=("The array with the first n elements that are the given one replaced; NULL is found too."),
    examples=(Example("SELECT array_replace_n(make_array(1, 2, 1, 1), 1, 9, 2)", "[9, 2, 9, 1]"),),
    aliases=("list_replace_n",),
    strict=False,
)
