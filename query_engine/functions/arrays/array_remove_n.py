"""
array_remove_n(array, element, n): the array without the first n elements that are equal to the
given one; NULL if that is NULL.
"""

from query_engine.functions.arrays.removal import removed
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as
from query_engine.functions.rowwise import rowwise

ARRAY_REMOVE_N = ScalarFunction(
    name="array_remove_n",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.SAME_LIST),
        Parameter("element", Kind.ELEMENT),
        Parameter("n", Kind.INTEGER),
    ),
    returns=same_as(0),
    build=lambda array, element, n: rowwise(removed, [array, element, n], array.dtype),
    doc=(
        "The array without the first n elements that are equal to the given one; NULL if that "
        "is NULL."
    ),
    examples=(Example("SELECT array_remove_n(make_array(1, 2, 1, 1), 1, 2)", "[2, 1]"),),
    aliases=("list_remove_n",),
)
