"""stddev(x): the standard deviation of a sample; NULL for fewer than two values."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

STDDEV = AggregateFunction(
    name="stddev",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.std(ddof=1),
    build_distinct=lambda x: x.expr.drop_nulls().unique().std(ddof=1),
    doc="The standard deviation of a sample; NULL for fewer than two values.",
    examples=(Example("SELECT round(stddev(x), 3) FROM t", "0.577"),),
    aliases=("stddev_samp",),
)
