"""make_array([element]): the values as an array."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.arrays.items import single
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """An array of the common type; one without elements has none."""
    return pl.List(arguments[0].dtype) if arguments else pl.List(pl.Null())


def build(*values: Argument) -> pl.Expr:
    """Put them side by side."""
    if not values:
        return pl.lit(pl.Series([[]], dtype=pl.List(pl.Null)))
    nested = any(value.dtype.is_nested() for value in values)
    return pl.concat_list([single(value) if nested else value.expr for value in values])


MAKE_ARRAY = ScalarFunction(
    name="make_array",
    group="Arrays",
    parameters=(Parameter("element", Kind.SAME, optional=True, variadic=True),),
    returns=returns,
    build=build,
    doc="The values as an array.",
    examples=(Example("SELECT make_array(1, 2, NULL)", "[1, 2, NULL]"),),
    aliases=("make_list",),
    strict=False,
)
