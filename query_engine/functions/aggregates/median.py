"""median(x): the middle value, or the mean of the two in the middle; exact."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

MEDIAN = AggregateFunction(
    name="median",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.median(),
    build_distinct=lambda x: x.expr.drop_nulls().unique().median(),
    doc="The middle value, or the mean of the two in the middle; exact.",
    examples=(Example("SELECT median(x) FROM t", "2.0"),),
)
