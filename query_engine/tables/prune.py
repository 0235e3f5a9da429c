"""
Which files of a pinned snapshot a scan must open, from their statistics alone.

Rule: a file is left out only when no row of it can satisfy the predicates. Missing statistics keep
a file. Partitions are by insert time, so only predicates on insert time prune them.
"""

from collections.abc import Iterable
from datetime import timedelta

import polars as pl

from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.ranges import values_of

MIN, MAX = "min_", "max_"
"""Prefixes of the statistics columns of `Snapshot.files`."""

_US = pl.Datetime("us", "UTC")
_LAST_US = timedelta(hours=1, microseconds=-1)
"""From the start of a slice to the last microsecond in it."""


def needed_files(files: pl.DataFrame, predicates: Iterable[ColumnPredicate]) -> pl.DataFrame:
    """Return the rows of *files* whose data may satisfy all *predicates*."""
    for predicate in predicates:
        condition = _condition(files, predicate)
        if condition is not None:
            files = files.filter(condition.fill_null(value=True))
    return files


def _condition(files: pl.DataFrame, predicate: ColumnPredicate) -> pl.Expr | None:
    values = [value for value in values_of(predicate) if value is not None]
    if not values:
        return None
    name = predicate.column
    if name == "insert_time":
        return _slice_condition(predicate, values)
    if name in files.columns and files.schema[name] == pl.String:
        return _compare(predicate, pl.col(name), pl.col(name), files.schema[name], values)
    if MIN + name not in files.columns:
        return None
    dtype = files.schema[MIN + name]
    return _compare(predicate, pl.col(MIN + name), pl.col(MAX + name), dtype, values)


def _slice_condition(predicate: ColumnPredicate, values: list[object]) -> pl.Expr | None:
    """Compare with the hour that the file's rows were inserted in."""
    hour = pl.col("slice").cast(pl.Int64, strict=False)
    start = pl.col("date").cast(pl.Date).cast(_US).dt.replace_time_zone("UTC") + pl.duration(
        hours=hour
    )
    return _compare(predicate, start, start + _LAST_US, _US, values)


def _compare(
    predicate: ColumnPredicate,
    low: pl.Expr,
    high: pl.Expr,
    dtype: pl.DataType,
    values: list[object],
) -> pl.Expr | None:
    """Return whether [low, high] can hold a value that satisfies the predicate."""
    series = _series(values, dtype)
    if series is None:
        return None
    least, most = pl.lit(series.min(), dtype=dtype), pl.lit(series.max(), dtype=dtype)
    match predicate.op:
        case "<" | "<=":
            return low <= most
        case ">" | ">=":
            return high >= least
        case _:
            return (low <= most) & (high >= least)


def _series(values: list[object], dtype: pl.DataType) -> pl.Series | None:
    """Return the values in the statistics' own type; times rounded down as tables keep them."""
    if isinstance(dtype, pl.Datetime):
        if not all(isinstance(value, int) for value in values):
            return None
        nanos = pl.Series(values, dtype=pl.Int64).cast(pl.Datetime("ns", "UTC"))
        return (nanos.to_physical() // 1000).cast(_US).cast(dtype)
    try:
        return pl.Series(values, dtype=dtype)
    except TypeError:
        return None
