"""floor(x): the greatest whole number not above x."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

FLOOR = ScalarFunction(
    name="floor",
    group="Math",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.floor(),
    doc="The greatest whole number not above x.",
    examples=(Example("SELECT floor(-1.2)", "-2.0"),),
)
