"""nth_value(x, n): the value of the n-th row in the order of ORDER BY, also if it is NULL."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    same_as,
)


def build(x: Argument, n: Argument) -> pl.Expr:
    """Count from the end if n is negative."""
    place = int(n.number)
    if place == 0:
        raise BadArgument("n counts from 1, or from -1 at the end", index=1)
    return x.expr.get(place - 1 if place > 0 else place, null_on_oob=True)


NTH_VALUE = AggregateFunction(
    name="nth_value",
    parameters=(Parameter("x", Kind.ANY), Parameter("n", Kind.INTEGER, constant=True)),
    returns=same_as(0),
    build=build,
    doc=(
        "The value of the n-th row (from the last if n is negative) in the order of ORDER BY, also "
        "if it is NULL; NULL if there are fewer rows."
    ),
    examples=(Example("SELECT nth_value(x, 2 ORDER BY x NULLS FIRST) FROM t", "1"),),
    ordered=True,
    ignores_nulls=False,
)
