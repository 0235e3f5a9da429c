"""variance_from_histogram(histogram): the sample variance of all its values."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(histogram: Argument) -> pl.Expr:
    """Compute it from the sums; 0 or 1 values have none, which is NaN."""
    field = histogram.expr.struct.field
    count = field("count").cast(pl.Float64)
    mean = field("sum") / count
    return (field("sum_sq") / count - mean * mean) * (count / (count - 1.0))


VARIANCE_FROM_HISTOGRAM = ScalarFunction(
    name="variance_from_histogram",
    group="Histograms",
    parameters=(Parameter("histogram", Kind.HISTOGRAM),),
    returns=pl.Float64(),
    build=build,
    doc="The sample variance of all values of a histogram; NaN for none or one.",
    examples=(
        Example(
            "SELECT round(variance_from_histogram(make_histogram(0, 4, 2, x)), 3) FROM t", "0.333"
        ),
    ),
)
