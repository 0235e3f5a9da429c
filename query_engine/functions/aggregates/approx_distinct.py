"""approx_distinct(x): how many different values there are; computed exactly."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

APPROX_DISTINCT = AggregateFunction(
    name="approx_distinct",
    parameters=(Parameter("x", Kind.ANY),),
    returns=pl.Int64(),
    build=lambda x: x.expr.drop_nulls().n_unique().cast(pl.Int64),
    doc="How many different values there are; computed exactly.",
    examples=(Example("SELECT approx_distinct(x) FROM t", "2"),),
)
