"""
array_position(array, element): where the element first stands in the array (the first place is
1); NULL if nowhere.
"""

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
    """Find the first place that is equal."""
    inner = array.dtype.inner if isinstance(array.dtype, pl.List) else None
    if element.dtype != inner:
        raise BadArgument("the element is not of the type of the array's", index=1)
    equal = array.expr.list.eval((pl.element() == element.expr).fill_null(value=False))
    place = equal.list.arg_max().cast(pl.Int64) + 1
    return pl.when(equal.list.any()).then(place)


ARRAY_POSITION = ScalarFunction(
    name="array_position",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.LIST),
        Parameter("element", Kind.ANY, constant=True),
    ),
    returns=pl.Int64(),
    build=build,
    doc="Where the element first stands in the array (the first place is 1); NULL if nowhere.",
    examples=(Example("SELECT array_position(string_to_array('a,b', ','), 'b')", "2"),),
)
