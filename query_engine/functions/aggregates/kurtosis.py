"""kurtosis(x): how heavy the tails of a sample are, 0 for a normal distribution."""

import polars as pl

from query_engine.functions.function import AggregateFunction, Example, Kind, Parameter

KURTOSIS = AggregateFunction(
    name="kurtosis",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.kurtosis(bias=False).fill_nan(None),
    doc="How heavy the tails of a sample are, 0 for normal ones; NULL for fewer than four values.",
    examples=(Example("SELECT kurtosis(x) FROM t", "NULL"),),
)
