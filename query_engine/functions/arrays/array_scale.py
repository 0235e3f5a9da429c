"""array_scale(array, factor): the elements times a number."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)


def build(array: Argument, factor: Argument) -> pl.Expr:
    """Times NULL it is NULL, not an array of NULLs."""
    return pl.when(factor.expr.is_not_null()).then(array.expr * factor.expr)


ARRAY_SCALE = ScalarFunction(
    name="array_scale",
    group="Arrays",
    parameters=(Parameter("array", Kind.NUMBERS), Parameter("factor", Kind.FLOAT)),
    returns=same_as(0),
    build=build,
    doc="The elements times a number.",
    examples=(Example("SELECT array_scale(make_array(1, 2), 10)", "[10.0, 20.0]"),),
    aliases=("list_scale",),
)
