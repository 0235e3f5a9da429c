"""var(x): the variance of a sample; NULL for fewer than two values."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

VAR = AggregateFunction(
    name="var",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.var(ddof=1),
    build_distinct=lambda x: x.expr.drop_nulls().unique().var(ddof=1),
    doc="The variance of a sample; NULL for fewer than two values.",
    examples=(Example("SELECT round(var(x), 3) FROM t", "0.333"),),
    aliases=(
        "var_samp",
        "var_sample",
        "variance",
    ),
)
