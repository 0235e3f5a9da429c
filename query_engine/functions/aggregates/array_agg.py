"""array_agg(x): all values as an array, NULLs included; NULL if there is no row."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """An array of what is collected."""
    return pl.List(arguments[0].dtype)


def build(x: Argument) -> pl.Expr:
    """Collect; nothing collected is no array."""
    return pl.when(x.expr.len() > 0).then(x.expr.implode())


def distinct(x: Argument) -> pl.Expr:
    """Collect each value once."""
    return pl.when(x.expr.len() > 0).then(x.expr.unique(maintain_order=True).implode())


ARRAY_AGG = AggregateFunction(
    name="array_agg",
    parameters=(Parameter("x", Kind.ANY),),
    returns=returns,
    build=build,
    build_distinct=distinct,
    doc="All values as an array, NULLs included; NULL if there is no row.",
    examples=(Example("SELECT array_agg(x ORDER BY x) FROM t", "[1, 2, 2, NULL]"),),
    ordered=True,
    ignores_nulls=False,
)
