"""
What a query's time range asks of a table, as predicates like any others.

Rule: a range is inclusive at both ends and selects rows that span time by overlap; every scan of
every table obeys it, in subqueries too.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from assets.views.view import LiveView, View
from query_engine.sql.catalog import ColumnPredicate

TIME = pl.Datetime("ns", "UTC")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """``begin``/``end`` of a call, Unix ns, both ends included."""

    begin_ns: int
    end_ns: int


def range_predicates(
    view: View | LiveView, time_range: TimeRange | None
) -> tuple[ColumnPredicate, ...]:
    """Return what *time_range* says about the rows of *view*; nothing without a range."""
    if time_range is None:
        return ()
    return (
        ColumnPredicate(view.time_column, "<=", time_range.end_ns),
        ColumnPredicate(view.end_column or view.time_column, ">=", time_range.begin_ns),
    )


def matching(rows: pl.LazyFrame, predicates: Iterable[ColumnPredicate]) -> pl.LazyFrame:
    """Keep the rows that satisfy range predicates, to the nanosecond, or equal a text."""
    for predicate in predicates:
        rows = rows.filter(_holds(predicate))
    return rows


def all_hold(predicates: Iterable[ColumnPredicate]) -> pl.Expr:
    """Return whether a row satisfies all of them, as `matching` keeps rows."""
    return pl.all_horizontal(_holds(predicate) for predicate in predicates)


def _holds(predicate: ColumnPredicate) -> pl.Expr:
    column = pl.col(predicate.column)
    if isinstance(predicate.value, str):
        return column == predicate.value
    assert isinstance(predicate.value, int), "a range is in Unix ns"
    bound = pl.lit(predicate.value, dtype=pl.Int64).cast(TIME)
    return column <= bound if predicate.op == "<=" else column >= bound


def lowest(predicates: Iterable[ColumnPredicate], columns: Iterable[str]) -> int | None:
    """Return the largest Unix ns that any of the time *columns* is known to reach, or None."""
    lows = [
        min(values)
        for predicate, values in _of(predicates, columns)
        if predicate.op in {"=", ">", ">=", "in"}
    ]
    return max(lows, default=None)


def highest(predicates: Iterable[ColumnPredicate], column: str) -> int | None:
    """Return the smallest Unix ns that the time *column* is known not to pass, or None."""
    highs = [
        max(values)
        for predicate, values in _of(predicates, (column,))
        if predicate.op in {"=", "<", "<=", "in"}
    ]
    return min(highs, default=None)


def values_of(predicate: ColumnPredicate) -> tuple[object, ...]:
    """Return the value, or the values of ``in``."""
    if predicate.op == "in":
        assert isinstance(predicate.value, tuple), "the values of `in` are a tuple"
        return predicate.value
    return (predicate.value,)


def _of(
    predicates: Iterable[ColumnPredicate], columns: Iterable[str]
) -> Iterable[tuple[ColumnPredicate, tuple[int, ...]]]:
    wanted = set(columns)
    for predicate in predicates:
        if predicate.column in wanted:
            values = values_of(predicate)
            numbers = tuple(value for value in values if isinstance(value, int))
            if numbers and len(numbers) == len(values):
                yield predicate, numbers
