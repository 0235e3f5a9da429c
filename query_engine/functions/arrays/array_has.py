"""array_has(array, element): whether the array has the element."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(array: Argument, element: Argument) -> pl.Expr:
    """An array of texts is asked for a text."""
    inner = array.dtype.inner if isinstance(array.dtype, pl.List) else None
    if element.dtype not in (inner, pl.Null()):
        raise BadArgument("the element is not of the type of the array's", index=1)
    return array.expr.list.contains(element.expr, nulls_equal=False)


ARRAY_HAS = ScalarFunction(
    name="array_has",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.LIST),
        Parameter("element", Kind.ANY),
    ),
    returns=pl.Boolean(),
    build=build,
    doc="Whether the array has the element.",
    examples=(Example("SELECT array_has(string_to_array('a,b', ','), 'b')", "true"),),
    aliases=(
        "list_contains",
        "array_contains",
    ),
)
