"""
array_has_any(array, wanted): whether two arrays have an element in common; NULL is equal to NULL.
"""

import polars as pl

from query_engine.functions.arrays.items import key
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise


def has_any(array: list[object], wanted: list[object]) -> bool:
    """Compare as sets."""
    return not {key(item) for item in wanted}.isdisjoint(key(item) for item in array)


ARRAY_HAS_ANY = ScalarFunction(
    name="array_has_any",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("wanted", Kind.SAME_LIST)),
    returns=pl.Boolean(),
    build=lambda array, wanted: rowwise(has_any, [array, wanted], pl.Boolean()),
    doc="Whether two arrays have an element in common; NULL is equal to NULL.",
    examples=(Example("SELECT array_has_any(make_array(1, 2), make_array(2, 3))", "true"),),
    aliases=("list_has_any", "arrays_overlap"),
)
