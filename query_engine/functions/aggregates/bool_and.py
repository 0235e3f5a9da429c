"""bool_and(x): whether all values are true; NULL if there are none."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

BOOL_AND = AggregateFunction(
    name="bool_and",
    parameters=(Parameter("x", Kind.BOOLEAN),),
    returns=pl.Boolean(),
    build=lambda x: pl.when(x.expr.count() > 0).then(x.expr.all(ignore_nulls=True)),
    build_distinct=lambda x: pl.when(x.expr.count() > 0).then(x.expr.all(ignore_nulls=True)),
    doc="Whether all values are true; NULL if there are none.",
    examples=(Example("SELECT bool_and(x > 1) FROM t", "false"),),
    aliases=("every",),
)
