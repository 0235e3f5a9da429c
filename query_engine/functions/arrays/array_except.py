"""array_except(array, without): each element of the first array that is not in the second, once."""

from query_engine.functions.arrays.items import key, once
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as
from query_engine.functions.rowwise import rowwise


def difference(array: list[object], without: list[object]) -> list[object]:
    """Keep the order of the first."""
    unwanted = {key(item) for item in without}
    return once([item for item in array if key(item) not in unwanted])


ARRAY_EXCEPT = ScalarFunction(
    name="array_except",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("without", Kind.SAME_LIST)),
    returns=same_as(0),
    build=lambda array, without: rowwise(difference, [array, without], array.dtype),
    doc="Each element of the first array that is not in the second, once.",
    examples=(Example("SELECT array_except(make_array(1, 2, 3), make_array(2))", "[1, 3]"),),
    aliases=("list_except",),
)
