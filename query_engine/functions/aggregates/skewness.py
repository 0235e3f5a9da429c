"""skewness(x): how lopsided the values of a sample lie around their mean."""

import polars as pl

from query_engine.functions.function import AggregateFunction, Example, Kind, Parameter

SKEWNESS = AggregateFunction(
    name="skewness",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.skew(bias=False).fill_nan(None),
    doc="How lopsided the values of a sample lie around their mean; NULL for fewer than three.",
    examples=(Example("SELECT round(skewness(x), 3) FROM t", "-1.732"),),
)
