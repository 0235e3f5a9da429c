"""max_by(x, by): the value of x where another value is greatest."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
    same_as,
)


def build(x: Argument, by: Argument) -> pl.Expr:
    """Rows without either do not count."""
    both = x.expr.is_not_null() & by.expr.is_not_null()
    return x.expr.filter(both).max_by(by.expr.filter(both))


MAX_BY = AggregateFunction(
    name="max_by",
    parameters=(Parameter("x", Kind.ANY), Parameter("by", Kind.ORDERED)),
    returns=same_as(0),
    build=build,
    doc="The value of x where another value is greatest; rows where either is NULL do not count.",
    examples=(Example("SELECT max_by(x, -x) FROM t", "1"),),
    aliases=("arg_max",),
)
