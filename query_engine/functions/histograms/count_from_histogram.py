"""count_from_histogram(histogram): how many values a histogram has."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction

COUNT_FROM_HISTOGRAM = ScalarFunction(
    name="count_from_histogram",
    group="Histograms",
    parameters=(Parameter("histogram", Kind.HISTOGRAM),),
    returns=pl.UInt64(),
    build=lambda histogram: histogram.expr.struct.field("count"),
    doc="How many values a histogram has.",
    examples=(Example("SELECT count_from_histogram(make_histogram(0, 4, 2, x)) FROM t", "3"),),
)
