"""least(value, ...): the least of the values that are not NULL."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

LEAST = ScalarFunction(
    name="least",
    group="Choice",
    parameters=(Parameter("value", Kind.SAME, variadic=True),),
    returns=same_as(0),
    build=lambda *values: pl.min_horizontal(value.expr for value in values),
    doc="The least of the values that are not NULL.",
    examples=(Example("SELECT least(1, NULL, 3)", "1"),),
    strict=False,
)
