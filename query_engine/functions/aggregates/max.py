"""max(x): the greatest value; NULL if there are none."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
    same_as,
)


def build(x: Argument) -> pl.Expr:
    """NaN is the greatest number."""
    return x.expr.nan_max() if x.dtype.is_float() else x.expr.max()


MAX = AggregateFunction(
    name="max",
    parameters=(Parameter("x", Kind.ORDERED),),
    returns=same_as(0),
    build=build,
    build_distinct=build,
    doc="The greatest value; NULL if there are none. NaN is greater than every number.",
    examples=(Example("SELECT max(x) FROM t", "2"),),
)
