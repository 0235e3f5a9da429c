"""
array_has_all(array, wanted): whether the array has all elements of another; NULL is equal to
NULL.
"""

import polars as pl

from query_engine.functions.arrays.items import key
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise


def has_all(array: list[object], wanted: list[object]) -> bool:
    """Compare as sets."""
    return {key(item) for item in wanted} <= {key(item) for item in array}


ARRAY_HAS_ALL = ScalarFunction(
    name="array_has_all",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("wanted", Kind.SAME_LIST)),
    returns=pl.Boolean(),
    build=lambda array, wanted: rowwise(has_all, [array, wanted], pl.Boolean()),
    doc="Whether the array has all elements of another; NULL is equal to NULL.",
    examples=(Example("SELECT array_has_all(make_array(1, 2, 3), make_array(1, 3))", "true"),),
    aliases=("list_has_all",),
)
