"""array_repeat(element, n): an array of the element n times; empty if n is negative."""

import polars as pl

from query_engine.functions.arrays.items import check_size, list_of
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise


def repeated(element: object, n: int | None) -> list[object] | None:
    """NULL may be repeated, but not NULL times."""
    if n is None:
        return None
    check_size(n)
    return [element] * n


def build(element: Argument, n: Argument) -> pl.Expr:
    """Repeat."""
    return rowwise(repeated, [element, n], pl.List(element.dtype), nulls=True)


ARRAY_REPEAT = ScalarFunction(
    name="array_repeat",
    group="Arrays",
    parameters=(Parameter("element", Kind.ANY), Parameter("n", Kind.INTEGER)),
    returns=list_of(0),
    build=build,
    doc="An array of the element n times; empty if n is negative.",
    examples=(Example("SELECT array_repeat('a', 3)", "[a, a, a]"),),
    aliases=("list_repeat",),
    strict=False,
)
