"""iszero(x): whether the number is zero."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

ISZERO = ScalarFunction(
    name="iszero",
    group="Math",
    parameters=(Parameter("x", Kind.NUMBER),),
    returns=pl.Boolean(),
    build=lambda x: x.expr == 0,
    doc="Whether the number is zero, of whichever sign.",
    examples=(Example("SELECT iszero(-0.0)", "true"),),
)
