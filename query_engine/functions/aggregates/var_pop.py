"""var_pop(x): the variance of a whole population."""

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
    return pl.when(x.expr.count() > 0).then(x.expr.var(ddof=0))


VAR_POP = AggregateFunction(
    name="var_pop",
    parameters=(Parameter("x", Kind.FLOAT),),
    returns=pl.Float64(),
    build=build,
    build_distinct=lambda x: x.expr.drop_nulls().unique().var(ddof=0),
    doc="The variance of a whole population.",
    examples=(Example("SELECT round(var_pop(x), 3) FROM t", "0.222"),),
    aliases=("var_population",),
)
