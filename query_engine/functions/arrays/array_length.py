"""array_length(array, [dimension]): how many elements the array has."""

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(array: Argument, dimension: Argument | None = None) -> pl.Expr:
    """Go down first elements."""
    expr, dtype, level = array.expr, array.dtype, 1
    wanted = 1 if dimension is None else int(dimension.number)
    while level < wanted and isinstance(elements(dtype), pl.List):
        expr, dtype, level = expr.list.first(), elements(dtype), level + 1
    if level != wanted:
        return pl.lit(None, dtype=pl.Int64)
    return expr.list.len().cast(pl.Int64)


ARRAY_LENGTH = ScalarFunction(
    name="array_length",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.LIST),
        Parameter("dimension", Kind.INTEGER, constant=True, optional=True),
    ),
    returns=pl.Int64(),
    build=build,
    doc=(
        "How many elements the array has; in a dimension beyond the first, its first element "
        "that many levels down. NULL in a dimension that it does not have."
    ),
    examples=(
        Example("SELECT array_length(make_array('a', 'b'))", "2"),
        Example("SELECT array_length(make_array(make_array(1, 2, 3)), 2)", "3"),
    ),
    aliases=("list_length",),
)
