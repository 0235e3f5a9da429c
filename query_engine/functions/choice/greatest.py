"""greatest(value, ...): the greatest of the values that are not NULL."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)


def build(*values: Argument) -> pl.Expr:
    """Return the greatest; NaN is greater than every number."""
    most = pl.max_horizontal(value.expr for value in values)
    floats = [value.expr.is_nan() for value in values if value.dtype.is_float()]
    return pl.when(pl.any_horizontal(floats)).then(float("nan")).otherwise(most) if floats else most


GREATEST = ScalarFunction(
    name="greatest",
    group="Choice",
    parameters=(Parameter("value", Kind.SAME, variadic=True),),
    returns=same_as(0),
    build=build,
    doc="The greatest of the values that are not NULL.",
    examples=(Example("SELECT greatest(1, NULL, 3)", "3"),),
    strict=False,
)
