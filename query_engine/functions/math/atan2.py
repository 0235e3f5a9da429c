"""atan2(y, x): the angle in radians of the point (x, y)."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

ATAN2 = ScalarFunction(
    name="atan2",
    group="Math",
    parameters=(
        Parameter("y", Kind.FLOAT),
        Parameter("x", Kind.FLOAT),
    ),
    returns=pl.Float64(),
    build=lambda y, x: pl.arctan2(y.expr, x.expr),
    doc="The angle in radians of the point (x, y).",
    examples=(Example("SELECT atan2(0, 1)", "0.0"),),
)
