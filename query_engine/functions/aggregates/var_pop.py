"""var_pop(x): the variance of a whole population."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

VAR_POP = AggregateFunction(
    name="var_pop",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=lambda x: x.expr.var(ddof=0),
    build_distinct=lambda x: x.expr.drop_nulls().unique().var(ddof=0),
    doc="The variance of a whole population.",
    examples=(Example("SELECT round(var_pop(x), 3) FROM t", "0.222"),),
    aliases=("var_population",),
)
