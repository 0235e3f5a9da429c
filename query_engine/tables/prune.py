"""
Which files of a pinned snapshot a scan must open, from their statistics alone.

Rule: a file is left out only when no row of it can satisfy the predicates. Missing statistics keep
a file. Partitions are by insert time, so only predicates on insert time prune them.
"""

from collections.abc import Iterable
from typing import Any

import polars as pl

from assets.storage.layout import HOURS_OF_DAY, MERGED_DAY
from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.ranges import values_of

MIN, MAX = "min_", "max_"
"""Prefixes of the statistics columns of `Snapshot.files`."""

_US_PER_HOUR = 3_600_000_000
_NS_PER_US = 1000


def needed_files(files: pl.DataFrame, predicates: Iterable[ColumnPredicate]) -> pl.DataFrame:
    """Return the rows of *files* whose data may satisfy all *predicates*."""
    kept: pl.Series | None = None
    for predicate in predicates:
        possible = _possible(files, predicate)
        if possible is not None:
            possible = possible.fill_null(value=True)
            kept = possible if kept is None else kept & possible
    return files if kept is None or bool(kept.all()) else files.filter(kept)


def _possible(files: pl.DataFrame, predicate: ColumnPredicate) -> pl.Series | None:
    """Return for each file whether it can hold a match; null where its statistics are missing."""
    values = [value for value in values_of(predicate) if value is not None]
    if not values:
        return None
    name = predicate.column
    if name == "insert_time":
        start, end = _slice_range(files)
        return _compare(predicate, start, end - 1, _micros(values))
    if name in files.columns and files.schema[name] == pl.String:
        return _compare(predicate, files[name], files[name], _typed(values, pl.String()))
    if MIN + name not in files.columns:
        return None
    low, high = files[MIN + name], files[MAX + name]
    if isinstance(low.dtype, pl.Datetime):
        return _compare(predicate, low.to_physical(), high.to_physical(), _micros(values))
    return _compare(predicate, low, high, _typed(values, low.dtype))


def _slice_range(files: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return where the hour, or merged day, of each file begins and ends, in microseconds."""
    days = files["date"].cast(pl.Date).to_physical().cast(pl.Int64) * HOURS_OF_DAY
    is_day = files["slice"] == MERGED_DAY
    hour = files["slice"].cast(pl.Int64, strict=False)
    begin = days + hour.zip_with(~is_day, is_day.cast(pl.Int64) * 0)
    width = (hour * 0 + 1).zip_with(~is_day, is_day.cast(pl.Int64) * HOURS_OF_DAY)
    return begin * _US_PER_HOUR, (begin + width) * _US_PER_HOUR


def _compare(
    predicate: ColumnPredicate, low: pl.Series, high: pl.Series, values: list[Any] | None
) -> pl.Series | None:
    """Return whether [low, high] can hold a value that satisfies the predicate."""
    if values is None:
        return None
    found: pl.Series
    match predicate.op:
        case "<" | "<=":
            found = low <= max(values)
        case ">" | ">=":
            found = high >= min(values)
        case _:
            found = (low <= max(values)) & (high >= min(values))
    return found


def _micros(values: list[object]) -> list[int] | None:
    """Return Unix ns in microseconds, rounded down as tables keep times."""
    numbers = [value // _NS_PER_US for value in values if isinstance(value, int)]
    return numbers if len(numbers) == len(values) else None


def _typed(values: list[object], dtype: pl.DataType) -> list[Any] | None:
    """Return the values if they can be compared with statistics of *dtype*."""
    try:
        return pl.Series(values, dtype=dtype).to_list()
    except TypeError:
        return None
