"""
array_positions(array, element): all places at which the element stands in the array (the first is
1). NULL is found too.
"""

import polars as pl

from query_engine.functions.arrays.items import same
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise


def places(array: list[object] | None, element: object) -> list[int] | None:
    """Look everywhere."""
    if array is None:
        return None
    return [index for index, item in enumerate(array, 1) if same(item, element)]


def build(array: Argument, element: Argument) -> pl.Expr:
    """Find."""
    return rowwise(places, [array, element], pl.List(pl.Int64()), nulls=True)


ARRAY_POSITIONS = ScalarFunction(
    name="array_positions",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("element", Kind.ELEMENT)),
    returns=pl.List(pl.Int64()),
    build=build,
    doc=(
        "All places at which the element stands in the array (the first is 1). NULL is found too."
    ),
    examples=(Example("SELECT array_positions(make_array(1, 2, 1), 1)", "[1, 3]"),),
    aliases=("list_positions",),
    strict=False,
)
