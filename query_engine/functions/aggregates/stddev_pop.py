"""stddev_pop(x): the standard deviation of a whole population."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

STDDEV_POP = AggregateFunction(
    name="stddev_pop",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.std(ddof=0),
    build_distinct=lambda x: x.expr.drop_nulls().unique().std(ddof=0),
    doc="The standard deviation of a whole population.",
    examples=(Example("SELECT round(stddev_pop(x), 3) FROM t", "0.471"),),
)
