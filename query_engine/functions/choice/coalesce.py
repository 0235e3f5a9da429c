"""coalesce(value, ...): the first value that is not NULL."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

COALESCE = ScalarFunction(
    name="coalesce",
    group="Choice",
    parameters=(Parameter("value", Kind.SAME, variadic=True),),
    returns=same_as(0),
    build=lambda *values: pl.coalesce([value.expr for value in values]),
    doc="The first value that is not NULL.",
    examples=(Example("SELECT coalesce(NULL, 'x')", "x"),),
    strict=False,
    in_turn=True,
)
