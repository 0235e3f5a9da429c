"""
array_append(array, element): the array with an element added at its end; a NULL array counts as
empty.
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


def build(array: Argument, element: Argument) -> pl.Expr:
    """Join."""
    return pl.concat_list(or_empty(array), single(element))


ARRAY_APPEND = ScalarFunction(
    name="array_append",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("element", Kind.ELEMENT)),
    returns=same_as(0),
    build=build,
    doc="The array with an element added at its end; a NULL array counts as empty.",
    examples=(Example("SELECT array_append(make_array(1, 2), 3)", "[1, 2, 3]"),),
    aliases=("list_append", "array_push_back", "list_push_back"),
    strict=False,
)
