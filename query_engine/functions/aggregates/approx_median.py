"""approx_median(x): the middle value; exact, as ``median``."""

import polars as pl

from query_engine.functions.function import AggregateFunction, Example, Kind, Parameter

APPROX_MEDIAN = AggregateFunction(
    name="approx_median",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.median(),
    build_distinct=lambda x: x.expr.drop_nulls().unique().median(),
    doc="The middle value, or the mean of the two in the middle. It is exact, as median is.",
    examples=(Example("SELECT approx_median(x) FROM t", "2.0"),),
)
