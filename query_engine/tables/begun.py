"""
What has begun and not ended: rows without an end, which no table has.

They are those that the newest block of each thread lists. A row that has ended since, or whose end
another thread recorded, is in the blocks as well: it is looked for there by its begin, so that of a
span there is one row at any moment, whatever was read first.
"""

from collections.abc import Callable, Sequence

import polars as pl

from assets.materialize import told_rows
from assets.storage.metadata.records import BlockRef
from assets.views.view import View
from query_engine.limits import OPEN_SPAN_LOOKS_MAX
from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.ranges import matching
from query_engine.tables.session import QuerySession

Predicates = tuple[ColumnPredicate, ...]
InBlocks = Callable[[frozenset[str], Sequence[Predicates], Predicates], pl.LazyFrame]
"""Columns of the completed rows that satisfy one of some predicates; the last holds for all."""

_SLACK_NS = 1_000_000_000
"""Two blocks may tell the begin of a span by clocks that were compared at different moments."""


def begun_rows(
    session: QuerySession, view: View, newest: Sequence[BlockRef], in_blocks: InBlocks
) -> pl.LazyFrame | None:
    """
    Return the rows of *view* that have begun by the end of the call's range and have not ended.

    Args:
        session: The query's.
        view: The view of open rows (``View.begun``).
        newest: The newest blocks of the threads that are asked about.
        in_blocks: Finds completed rows.
    """
    caches, range_ = session.caches, session.time_range
    rows = told_rows(caches.lake, view, newest, caches.decoded, session.metadata)
    if range_ is not None:
        last = ColumnPredicate(view.time_column, "<=", range_.end_ns)
        rows = matching(rows.lazy(), (last,)).collect()
    if rows.is_empty():
        return None
    listed = {block.block_id: block.end_time_ns for block in newest}
    since = min(listed[block_id] for block_id in rows["block_id"].unique())
    begins = rows[view.time_column].to_physical().unique().sort().to_list()
    ended = _ended(view, in_blocks, stretches(begins), since)
    return rows.lazy().join(ended, on="id", how="anti")


def _ended(
    view: View, in_blocks: InBlocks, begun: Sequence[tuple[int, int]], since: int
) -> pl.LazyFrame:
    """Return the ids of rows that began in one of some stretches and ended after a moment."""
    assert view.end_column, "what begins ends"
    end = ColumnPredicate(view.end_column, ">=", since - _SLACK_NS)
    any_of = [(*_within(view, low, high), end) for low, high in begun]
    all_of = (*_within(view, begun[0][0], begun[-1][1]), end)
    columns = frozenset({"id", view.time_column, view.end_column})
    return in_blocks(columns, any_of, all_of).select("id")


def _within(view: View, low: int, high: int) -> Predicates:
    return (
        ColumnPredicate(view.time_column, ">=", low - _SLACK_NS),
        ColumnPredicate(view.time_column, "<=", high + _SLACK_NS),
    )


def stretches(times: Sequence[int]) -> list[tuple[int, int]]:
    """Return few stretches of time that hold all of *times*, which rise: wide gaps are left out."""
    gaps = sorted(range(1, len(times)), key=lambda n: times[n] - times[n - 1], reverse=True)
    starts = sorted([0, *gaps[: OPEN_SPAN_LOOKS_MAX - 1]])
    ends = [start - 1 for start in starts[1:]] + [len(times) - 1]
    return [(times[start], times[end]) for start, end in zip(starts, ends, strict=True)]
