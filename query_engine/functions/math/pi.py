"""pi(): the number pi."""

import math

import polars as pl

from query_engine.functions.function import (
    Example,
    ScalarFunction,
)

PI = ScalarFunction(
    name="pi",
    group="Math",
    parameters=(),
    returns=pl.Float64(),
    build=lambda: pl.lit(math.pi),
    doc="The number pi.",
    examples=(Example("SELECT round(pi(), 2)", "3.14"),),
)
