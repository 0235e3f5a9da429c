"""greatest(value, ...): the greatest of the values that are not NULL."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

GREATEST = ScalarFunction(
    name="greatest",
    group="Choice",
    parameters=(Parameter("value", Kind.SAME, variadic=True),),
    returns=same_as(0),
    build=lambda *values: pl.max_horizontal(value.expr for value in values),
    doc="The greatest of the values that are not NULL.",
    examples=(Example("SELECT greatest(1, NULL, 3)", "3"),),
    strict=False,
)
