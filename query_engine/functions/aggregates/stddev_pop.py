"""stddev_pop(x): the standard deviation of a whole population."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


def build(x: Argument) -> pl.Expr:
    """Of no value there is none; Polars says 0 for groups of NULLs alone when keys are sorted."""
    return pl.when(x.expr.count() > 0).then(x.expr.std(ddof=0))


STDDEV_POP = AggregateFunction(
    name="stddev_pop",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=build,
    build_distinct=lambda x: x.expr.drop_nulls().unique().std(ddof=0),
    doc="The standard deviation of a whole population.",
    examples=(Example("SELECT round(stddev_pop(x), 3) FROM t", "0.471"),),
)
