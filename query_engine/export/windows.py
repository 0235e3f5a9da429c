"""
Rows of a plan in the order of time, so many at a time.

A plan may have more rows than fit into memory. How many begin when is counted first, in one pass
that keeps only the counts; then each window of time is read by itself, and sorted. Times are seldom
spread evenly, and a single row with a wrong one may lie years before the others: stretches in which
too many rows begin are counted again, more finely.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from query_engine.export.limits import WINDOW_ROW_BYTES, WINDOW_ROWS

_BUCKETS = 1 << 16
_NS = pl.Int64()


class Reach(NamedTuple):
    """
    How far the rows of a plan reach, Unix ns.

    Attributes:
        low: First begin.
        high: Last begin.
        last: Last end that is known.
        rows: How many rows there are; the rest means nothing if there are none.
        load: How many rows they count for.
    """

    low: int
    high: int
    last: int
    rows: int
    load: int


class Stretch(NamedTuple):
    """How much begins from *low* to *high*, both included and both begins of rows, Unix ns."""

    low: int
    high: int
    load: int

    def holds(self, time: pl.Expr) -> pl.Expr:
        """Return whether a row begins there."""
        return time.is_between(pl.lit(self.low, _NS), pl.lit(self.high, _NS))


@dataclass(slots=True)
class Plan:
    """
    Rows to come, fit to travel to another process.

    Attributes:
        frame: A serialized LazyFrame.
        time: The column that says when a row begins (Unix ns).
        until: The column that says when it ends, if rows do.
        size: The column that says how many bytes of text a row has, if that matters: rows with much
            of it count for several.
    """

    frame: bytes
    time: str
    until: str | None = None
    size: str | None = None
    _reach: Reach | None = field(default=None, init=False)

    @classmethod
    def of(
        cls, frame: pl.LazyFrame, time: str, until: str | None = None, size: str | None = None
    ) -> "Plan":
        """Return the plan of *frame*."""
        return cls(frame.serialize(), time, until, size)

    def rows(self) -> pl.LazyFrame:
        """Return the rows."""
        return pl.LazyFrame.deserialize(io.BytesIO(self.frame))

    def reach(self) -> Reach:
        """Return how far the rows reach; they are read for that once."""
        if self._reach is None:
            time = pl.col(self.time)
            last = pl.max_horizontal(time.max(), pl.col(self.until or self.time).max())
            low, high = time.min().alias("low"), time.max().alias("high")
            rows = pl.len().alias("rows")
            said = self.rows().select(low, high, last.alias("last"), rows, self._load())
            self._reach = Reach(*said.collect(engine="streaming").row(0))
        return self._reach

    def windows(self, rows_max: int = WINDOW_ROWS) -> Iterator[pl.DataFrame]:
        """Yield the rows by windows of time, the earliest first; unsorted within each."""
        frame = self.rows()
        time = pl.col(self.time)
        reach = self.reach()
        if not reach.rows:
            return
        if reach.load <= rows_max:
            yield frame.collect(engine="streaming")
            return
        whole = Stretch(reach.low, reach.high, reach.load)
        for window in _stretches(frame, time, self._load(), whole, rows_max):
            yield frame.filter(window.holds(time)).collect(engine="streaming")

    def _load(self) -> pl.Expr:
        """Return how many rows a group of rows counts for."""
        count = pl.len().cast(_NS)
        if self.size is not None:
            count += pl.col(self.size).cast(_NS).sum() // WINDOW_ROW_BYTES
        return count.alias("load")


def _stretches(
    frame: pl.LazyFrame, time: pl.Expr, load: pl.Expr, whole: Stretch, rows_max: int
) -> Iterator[Stretch]:
    """Yield stretches that hold all rows of *whole*: each has one begin, or so many rows."""
    width = -(-(whole.high - whole.low + 1) // _BUCKETS)
    counts = (
        frame.filter(whole.holds(time))
        .group_by(((time - whole.low) // width).alias("bucket"))
        .agg(time.min().alias("low"), time.max().alias("high"), load)
        .collect(engine="streaming")
        .sort("bucket")
    )
    found: Stretch | None = None
    for part in map(Stretch._make, counts.select("low", "high", "load").iter_rows()):
        if found is not None and found.load + part.load <= rows_max:
            found = Stretch(found.low, part.high, found.load + part.load)
            continue
        if found is not None:
            yield found
        found = part
        if part.load > rows_max and part.low < part.high:
            yield from _stretches(frame, time, load, part, rows_max)
            found = None
    if found is not None:
        yield found
