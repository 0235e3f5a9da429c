"""
array_remove_all(array, element): the array without all elements that are equal to the given one;
NULL if that is NULL.
"""

import sys
from functools import partial

from query_engine.functions.arrays.removal import removed
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as
from query_engine.functions.rowwise import rowwise

ARRAY_REMOVE_ALL = ScalarFunction(
    name="array_remove_all",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("element", Kind.ELEMENT)),
    returns=same_as(0),
    build=lambda array, element: rowwise(
        partial(removed, most=sys.maxsize), [array, element], array.dtype
    ),
    doc=("The array without all elements that are equal to the given one; NULL if that is NULL."),
    examples=(Example("SELECT array_remove_all(make_array(1, 2, 1), 1)", "[2]"),),
    aliases=("list_remove_all",),
)
