"""power(base, exponent): the base raised to the exponent, as DOUBLE."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

POWER = ScalarFunction(
    name="power",
    group="Math",
    parameters=(
        Parameter("base", Kind.FLOAT),
        Parameter("exponent", Kind.FLOAT),
    ),
    returns=pl.Float64(),
    build=lambda base, exponent: base.expr.pow(exponent.expr),
    doc="The base raised to the exponent, as DOUBLE.",
    examples=(Example("SELECT power(2, 10)", "1024.0"),),
    aliases=("pow",),
)
