"""
array_intersect(array, other): each element that is in both arrays, once, in the order of the
longer one.
"""

from query_engine.functions.arrays.items import key, once
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as
from query_engine.functions.rowwise import rowwise


def intersection(array: list[object], other: list[object]) -> list[object]:
    """Go through the longer one; the first if they are as long."""
    longer, shorter = (array, other) if len(array) >= len(other) else (other, array)
    wanted = {key(item) for item in shorter}
    return once([item for item in longer if key(item) in wanted])


ARRAY_INTERSECT = ScalarFunction(
    name="array_intersect",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("other", Kind.SAME_LIST)),
    returns=same_as(0),
    build=lambda array, other: rowwise(intersection, [array, other], array.dtype),
    doc="Each element that is in both arrays, once, in the order of the longer one.",
    examples=(Example("SELECT array_intersect(make_array(1, 2, 3), make_array(3, 2))", "[2, 3]"),),
    aliases=("list_intersect",),
)
