"""sum_from_histogram(histogram): the sum of all values, those outside of the bins too."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction

SUM_FROM_HISTOGRAM = ScalarFunction(
    name="sum_from_histogram",
    group="Histograms",
    parameters=(Parameter("histogram", Kind.HISTOGRAM),),
    returns=pl.Float64(),
    build=lambda histogram: histogram.expr.struct.field("sum"),
    doc="The sum of all values of a histogram, those outside of its bins too.",
    examples=(Example("SELECT sum_from_histogram(make_histogram(0, 4, 2, x)) FROM t", "5.0"),),
)
