"""array_slice(array, first, last, [step]): the elements from a place to another, both included."""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as
from query_engine.functions.rowwise import refused, rowwise


def sliced(array: list[object], first: int, last: int, step: int = 1) -> list[object]:
    """Places before the array begin with it, those behind it end there."""
    if step == 0:
        raise refused("array_slice: the step is not 0")
    size = len(array)
    start = max(first - 1, 0) if first >= 0 else max(first + size, 0)
    end = min(last, size) - 1 if last >= 0 else last + size
    if start >= size or end < 0:
        return []
    return array[start : end + 1 : step] if step > 0 else array[end : start + 1][::-1][::-step]


ARRAY_SLICE = ScalarFunction(
    name="array_slice",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.LIST),
        Parameter("first", Kind.INTEGER),
        Parameter("last", Kind.INTEGER),
        Parameter("step", Kind.INTEGER, optional=True),
    ),
    returns=same_as(0),
    build=lambda array, *places: rowwise(sliced, [array, *places], array.dtype),
    doc=(
        "The elements from a place to another, both included; places count from 1, or from -1 "
        "at the end. With a step, every so many; a negative one goes backwards."
    ),
    examples=(
        Example("SELECT array_slice(make_array(1, 2, 3, 4), 2, 3)", "[2, 3]"),
        Example("SELECT array_slice(make_array(1, 2, 3, 4), -2, -1)", "[3, 4]"),
    ),
    aliases=("list_slice",),
)
