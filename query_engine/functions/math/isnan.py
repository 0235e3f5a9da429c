"""isnan(x): whether the number is NaN."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

ISNAN = ScalarFunction(
    name="isnan",
    group="Math",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Boolean(),
    build=lambda x: x.expr.is_nan(),
    doc="Whether the number is NaN.",
    examples=(Example("SELECT isnan(sqrt(-1))", "true"),),
)
