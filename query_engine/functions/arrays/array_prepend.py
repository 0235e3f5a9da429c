"""
array_prepend(element, array): the array with an element added at its start; a NULL array counts
as empty.
"""

import polars as pl

from query_engine.functions.arrays.items import or_empty, single
from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)


def build(element: Argument, array: Argument) -> pl.Expr:
    """Join."""
    return pl.concat_list(single(element), or_empty(array))


ARRAY_PREPEND = ScalarFunction(
    name="array_prepend",
    group="Arrays",
    parameters=(Parameter("element", Kind.ELEMENT), Parameter("array", Kind.SAME_LIST)),
    returns=same_as(1),
    build=build,
    doc="The array with an element added at its start; a NULL array counts as empty.",
    examples=(Example("SELECT array_prepend(1, make_array(2, 3))", "[1, 2, 3]"),),
    aliases=("list_prepend", "array_push_front", "list_push_front"),
    strict=False,
)
