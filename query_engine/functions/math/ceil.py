"""ceil(x): the least whole number not below x."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

CEIL = ScalarFunction(
    name="ceil",
    group="Math",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.ceil(),
    doc="The least whole number not below x.",
    examples=(Example("SELECT ceil(1.2)", "2.0"),),
    aliases=("ceiling",),
)
