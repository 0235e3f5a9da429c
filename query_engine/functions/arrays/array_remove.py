"""
array_remove(array, element): the array without the first element that is equal to the given one;
NULL if that is NULL.
"""

from functools import partial

from query_engine.functions.arrays.removal import removed
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as
from query_engine.functions.rowwise import rowwise

ARRAY_REMOVE = ScalarFunction(
    name="array_remove",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("element", Kind.ELEMENT)),
    returns=same_as(0),
    build=lambda array, element: rowwise(partial(removed, most=1), [array, element], array.dtype),
    doc=(
        "The array without the first element that is equal to the given one; NULL if that is NULL."
    ),
    examples=(Example("SELECT array_remove(make_array(1, 2, 1), 1)", "[2, 1]"),),
    aliases=("list_remove",),
)
