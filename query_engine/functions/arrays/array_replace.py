"""
array_replace(array, element, by): the array with the first element that is the given one
replaced; NULL is found too.
"""

from functools import partial

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


def build(array: Argument, element: Argument, by: Argument) -> pl.Expr:
    """Replace."""
    function = partial(replaced, most=1)
    return rowwise(function, [array, element, by], array.dtype, nulls=True)


ARRAY_REPLACE = ScalarFunction(
    name="array_replace",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.SAME_LIST),
        Parameter("element", Kind.ELEMENT),
        Parameter("by", Kind.ELEMENT),
    ),
    returns=same_as(0),
    build=build,
    doc="The array with the first element that is the given one replaced; NULL is found too.",
    examples=(Example("SELECT array_replace(make_array(1, 2, 1), 1, 9)", "[9, 2, 1]"),),
    aliases=("list_replace",),
    strict=False,
)
