"""
The pieces of a table for SQL: its files, each with its bounds, and what comes after them.

Rule: a piece is called whole only when its file's statistics prove that every row satisfies the
predicates. Text is cut in statistics and proves nothing; a partition's value is exact.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from query_engine.sql.catalog import ColumnPredicate, Piece
from query_engine.tables.prune import MAX, MIN

REST = -1
"""Number of the piece that is no file: the tail, whose rows are not counted here."""

NS_PER_US = 1000


def pieces_of(
    files: pl.DataFrame,
    numbers: Sequence[int],
    predicates: Sequence[ColumnPredicate],
    column: str | None,
    known: frozenset[str],
) -> list[Piece]:
    """
    Return a piece for each of *files*.

    Args:
        files: Statistics as in ``Snapshot.files``.
        numbers: What each file is called.
        predicates: What has to hold for a piece to be whole.
        column: Whose bounds to tell.
        known: Columns without NULLs whose bounds or partition values may be trusted.
    """
    count = files.height
    whole = [True] * count
    for predicate in predicates:
        low, high = bounds(files, predicate.column) if predicate.column in known else ([], [])
        if not low:
            whole = [False] * count
            break
        whole = [
            sure and within(predicate, a, b) for sure, a, b in zip(whole, low, high, strict=True)
        ]
    lows, highs = bounds(files, column) if column else ([], [])
    unknown = [None] * count
    return [
        Piece(*one)
        for one in zip(
            numbers,
            lows or unknown,
            highs or unknown,
            files["num_records"].to_list(),
            whole,
            strict=True,
        )
    ]


def bounds(files: pl.DataFrame, name: str) -> tuple[list[Any], list[Any]]:
    """Return the bounds of a column in each file; times as Unix ns."""
    if name in files.columns:
        values = files[name].to_list()
        return values, values
    if MIN + name not in files.columns:
        return [], []
    low, high = files[MIN + name], files[MAX + name]
    if isinstance(low.dtype, pl.Datetime):
        low = low.to_physical() * NS_PER_US
        high = high.to_physical() * NS_PER_US + (NS_PER_US - 1)
    elif not low.dtype.is_integer() and low.dtype != pl.Date:
        return [], []
    return low.to_list(), high.to_list()


def within(predicate: ColumnPredicate, low: Any, high: Any) -> bool:
    """Tell whether every value from *low* to *high* satisfies *predicate*."""
    if low is None or high is None:
        return False
    value: Any = predicate.value
    match predicate.op:
        case "<":
            return bool(high < value)
        case "<=":
            return bool(high <= value)
        case ">":
            return bool(low > value)
        case ">=":
            return bool(low >= value)
        case "=":
            return bool(low == value == high)
        case _:
            return bool(low == high and low in value)
