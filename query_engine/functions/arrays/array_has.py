"""array_has(array, element): whether the array has the element."""

import polars as pl

from query_engine.functions.arrays.items import same
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise


def has(array: list[object], element: object) -> bool:
    """Look for what is the same."""
    return any(same(item, element) for item in array)


def build(array: Argument, element: Argument) -> pl.Expr:
    """Polars looks for plain values only."""
    if element.dtype.is_nested():
        return rowwise(has, [array, element], pl.Boolean())
    found = array.expr.list.contains(element.expr, nulls_equal=False)
    return found if element.constant else pl.when(element.expr.is_not_null()).then(found)


ARRAY_HAS = ScalarFunction(
    name="array_has",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("element", Kind.ELEMENT)),
    returns=pl.Boolean(),
    build=build,
    doc="Whether the array has the element.",
    examples=(Example("SELECT array_has(make_array('a', 'b'), 'b')", "true"),),
    aliases=("list_has", "array_contains", "list_contains"),
)
