"""bool_or(x): whether any value is true; NULL if there are none."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
)

BOOL_OR = AggregateFunction(
    name="bool_or",
    parameters=(Parameter("x", Kind.BOOLEAN),),
    returns=pl.Boolean(),
    build=lambda x: pl.when(x.expr.count() > 0).then(x.expr.any(ignore_nulls=True)),
    build_distinct=lambda x: pl.when(x.expr.count() > 0).then(x.expr.any(ignore_nulls=True)),
    doc="Whether any value is true; NULL if there are none.",
    examples=(Example("SELECT bool_or(x > 1) FROM t", "true"),),
)
