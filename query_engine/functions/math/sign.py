"""sign(x): -1, 0 or 1, as the number is below, at or above zero."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

SIGN = ScalarFunction(
    name="sign",
    group="Math",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.sign(),
    doc="-1, 0 or 1, as the number is below, at or above zero.",
    examples=(Example("SELECT sign(-2.5)", "-1.0"),),
    aliases=("signum",),
)
