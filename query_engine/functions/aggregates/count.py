"""count(x, ...): how many rows there are (*), or how many have no NULL in the values."""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


def build(*values: Argument) -> pl.Expr:
    """A constant counts for every row, or for none when it is NULL."""
    if any(value.constant and value.value is None for value in values):
        return pl.lit(0, dtype=pl.Int64)
    columns = [value.expr for value in values if not value.constant]
    if not columns:
        return pl.len().cast(pl.Int64)
    if len(columns) == 1:
        return columns[0].count().cast(pl.Int64)
    known = pl.all_horizontal(column.is_not_null() for column in columns)
    return known.sum().cast(pl.Int64)


def distinct(*values: Argument) -> pl.Expr:
    """Different rows of several values."""
    if len(values) == 1:
        return values[0].expr.drop_nulls().n_unique().cast(pl.Int64)
    known = pl.all_horizontal(value.expr.is_not_null() for value in values)
    rows = pl.struct(value.expr.alias(str(index)) for index, value in enumerate(values))
    return rows.filter(known).n_unique().cast(pl.Int64)


COUNT = AggregateFunction(
    name="count",
    parameters=(Parameter("x", Kind.ANY, variadic=True),),
    returns=pl.Int64(),
    build=build,
    build_distinct=distinct,
    doc="How many rows there are (*), or how many have no NULL in the values.",
    examples=(
        Example("SELECT count(*) FROM t", "4"),
        Example("SELECT count(x, 2 * x) FROM t", "3"),
        Example("SELECT count(DISTINCT x) FROM t", "2"),
    ),
    takes_star=True,
)
