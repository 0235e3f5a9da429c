"""array_position(array, element, [start]): where the element first stands in the array."""

import polars as pl

from query_engine.functions.arrays.items import same
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import refused, rowwise


def place(array: list[object] | None, element: object, start: int | None = 1) -> int | None:
    """Look from the start on."""
    if array is None or start is None:
        return None
    if start < 1:
        raise refused("array_position: the place to look from is 1 or more")
    places = range(start - 1, len(array))
    return next((index + 1 for index in places if same(array[index], element)), None)


def build(array: Argument, element: Argument, *start: Argument) -> pl.Expr:
    """Polars finds what is known and plain."""
    if start or element.value is None or element.dtype.is_nested():
        return rowwise(place, [array, element, *start], pl.Int64(), nulls=True)
    equal = array.expr.list.eval(pl.element().eq_missing(element.expr))
    return pl.when(equal.list.any()).then(equal.list.arg_max().cast(pl.Int64) + 1)


ARRAY_POSITION = ScalarFunction(
    name="array_position",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.SAME_LIST),
        Parameter("element", Kind.ELEMENT),
        Parameter("start", Kind.INTEGER, optional=True),
    ),
    returns=pl.Int64(),
    build=build,
    doc=(
        "Where the element first stands in the array (the first place is 1), looking from a "
        "place on; NULL if nowhere. NULL is found too."
    ),
    examples=(
        Example("SELECT array_position(make_array('a', 'b'), 'b')", "2"),
        Example("SELECT array_position(make_array(1, 2, 1), 1, 2)", "3"),
    ),
    aliases=("list_position", "array_indexof", "list_indexof"),
    strict=False,
)
