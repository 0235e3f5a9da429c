"""
array_replace_all(array, element, by): the array with all elements that are the given one
replaced; NULL is found too.
"""

import sys
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
    function = partial(replaced, most=sys.maxsize)
    return rowwise(function, [array, element, by], array.dtype, nulls=True)


ARRAY_REPLACE_ALL = ScalarFunction(
    name="array_replace_all",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.SAME_LIST),
        Parameter("element", Kind.ELEMENT),
        Parameter("by", Kind.ELEMENT),
    ),
    returns=same_as(0),
    build=build,
    doc="The array with all elements that are the given one replaced; NULL is found too.",
    examples=(Example("SELECT array_replace_all(make_array(1, 2, 1), 1, 9)", "[9, 2, 9]"),),
    aliases=("list_replace_all",),
    strict=False,
)
