"""
array_remove_all(array, element): the array without all elements that are equal to the given one;
NULL if that is NULL.
"""

import sys
from functools import partial

import polars as pl

from query_engine.functions.arrays.removal import removed
from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)
from query_engine.functions.rowwise import rowwise


def build(array: Argument, element: Argument) -> pl.Expr:
    """Polars removes what is known and plain."""
    if element.value is None or element.dtype.is_nested():
        return rowwise(partial(removed, most=sys.maxsize), [array, element], array.dtype)
    return array.expr.list.filter(pl.element().ne_missing(element.expr))


ARRAY_REMOVE_ALL = ScalarFunction(
    name="array_remove_all",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("element", Kind.ELEMENT)),
    returns=same_as(0),
    build=build,
    doc=("The array without all elements that are equal to the given one; NULL if that is NULL."),
    examples=(Example("SELECT array_remove_all(make_array(1, 2, 1), 1)", "[2]"),),
    aliases=("list_remove_all",),
)
