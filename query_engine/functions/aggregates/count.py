"""count(x): how many rows there are (*), or how many values are not NULL."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


def build(x: Argument) -> pl.Expr:
    """A constant counts for every row, or for none when it is NULL."""
    if not x.constant:
        return x.expr.count().cast(pl.Int64)
    return pl.len().cast(pl.Int64) if x.value is not None else pl.lit(0, dtype=pl.Int64)


COUNT = AggregateFunction(
    name="count",
    parameters=(Parameter("x", Kind.ANY),),
    returns=pl.Int64(),
    build=build,
    build_distinct=lambda x: x.expr.drop_nulls().n_unique().cast(pl.Int64),
    doc="How many rows there are (*), or how many values are not NULL.",
    examples=(
        Example("SELECT count(*) FROM t", "4"),
        Example("SELECT count(DISTINCT x) FROM t", "2"),
    ),
    takes_star=True,
)
