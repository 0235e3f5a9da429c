"""
Frames to bounds: which stretches of the sorted rows each row's frame is.

A stretch is ``[low, high)``; an empty one has ``low == high``. EXCLUDE makes up to three of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from query_engine.functions.interval import Interval
from query_engine.windows.frame import CURRENT, Edge, Frame
from query_engine.windows.limits import LOOPED_PARTITIONS_MAX
from query_engine.windows.ordinals import ordinals
from query_engine.windows.rows import Flags, Ints, Rows


@dataclass(frozen=True, slots=True)
class Stretch:
    """For every row one stretch of rows."""

    low: Ints
    high: Ints

    @property
    def lengths(self) -> Ints:
        """How many rows each has."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    The frames of all rows: stretches in order.

    Attributes:
        running: Every frame starts where its partition does, and is one stretch.
        closing: Every frame ends where its partition does, and is one stretch.
    """

    stretches: tuple[Stretch, ...]
    running: bool = False
    closing: bool = False

    @property
    def whole(self) -> bool:
        """Every frame is its partition."""
        return self.running and self.closing

    def sizes(self) -> Ints:
        """Return how many rows each frame has."""
        return added([stretch.lengths for stretch in self.stretches])

    def counted(self, flags: Flags) -> Ints:
        """Return how many flagged rows each frame has."""
        return self.totals(flags.astype(np.int64))

    def totals(self, values: Ints) -> Ints:
        """Return the sum of each frame; it wraps around, and is right where it does not."""
        before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(values)))
        return added([before[s.high] - before[s.low] for s in self.stretches])


def added(parts: Sequence[Ints]) -> Ints:
    """Return the sums of arrays, place by place."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def bounds(rows: Rows, frame: Frame, key: pl.Series | None) -> Bounds:
    """
    Return the bounds of a frame.

    Args:
        rows: Sorted.
        frame: What was written.
        key: The values that RANGE looks for distances in, over the sorted rows.
    """
    low, high = Finder(rows, frame, key).bounds()
    running = frame.start.unbounded or (frame.unit == "range" and not rows.keys)
    closing = frame.end.unbounded or (frame.unit == "range" and not rows.keys)
    if frame.exclude == "no others":
        return Bounds((Stretch(low, high),), running, closing)
    return Bounds(tuple(excluded(rows, frame, low, high)))


def excluded(rows: Rows, frame: Frame, low: Ints, high: Ints) -> list[Stretch]:
    """Return what EXCLUDE leaves of each frame."""
    first, after = rows.group_starts, rows.group_stops
    if frame.exclude == "current row":
        first, after = rows.index, rows.index + 1
    before = Stretch(low, np.clip(first, low, high))
    behind = Stretch(np.clip(after, low, high), high)
    if frame.exclude != "ties":
        return [before, behind]
    own = Stretch(np.clip(rows.index, low, high), np.clip(rows.index + 1, low, high))
    return [before, own, behind]


class Finder:
    """Finds where the frames of one window start and end."""

    def __init__(self, rows: Rows, frame: Frame, key: pl.Series | None) -> None:
        self.rows = rows
        self.frame = frame
        self.key = key

    def bounds(self) -> tuple[Ints, Ints]:
        """Return the first row and the row after the last of each frame."""
        low = self.side(self.frame.start, after=False)
        high = self.side(self.frame.end, after=True)
        return low, np.maximum(low, high)

    def side(self, edge: Edge, *, after: bool) -> Ints:
        """Return where an edge is: its first row, or the row *after* its last."""
        if edge.unbounded:
            return self.rows.stops if edge.direction > 0 else self.rows.starts
        if self.frame.unit == "rows":
            return self.by_rows(edge, after=after)
        if edge == CURRENT:
            return self.rows.group_stops if after else self.rows.group_starts
        return (self.by_groups if self.frame.unit == "groups" else self.by_range)(edge, after=after)

    def distance(self, edge: Edge) -> int:
        """Return an edge's signed distance in rows or groups, no longer than the table."""
        assert isinstance(edge.offset, int | None), "rows are counted in whole numbers"
        return edge.direction * min(edge.offset or 0, self.rows.count + 1)

    def by_rows(self, edge: Edge, *, after: bool) -> Ints:
        """Count rows."""
        at = self.rows.index + (self.distance(edge) + after)
        return np.clip(at, self.rows.starts, self.rows.stops)

    def by_groups(self, edge: Edge, *, after: bool) -> Ints:
        """Count groups of peers."""
        rows = self.rows
        if not rows.count:
            return rows.index
        at = rows.group + self.distance(edge)
        ends = np.append(rows.group_firsts, rows.count)
        found: Ints = ends[np.clip(at + after, 0, len(ends) - 1)]
        return np.clip(found, rows.starts, rows.stops)

    def by_range(self, edge: Edge, *, after: bool) -> Ints:
        """Look for the value that is so far from the row's own; NULLs are peers of NULLs only."""
        assert self.key is not None, "the binder gives RANGE with an offset its key"
        rows, key, order = self.rows, self.key, self.rows.keys[0]
        direction = -edge.direction if order.descending else edge.direction
        values = ordinals(key, descending=order.descending)
        targets = moved(key, edge.offset, direction, descending=order.descending)
        known = key.is_not_null().to_numpy()
        unknown = np.concatenate(([0], np.cumsum(~known)))
        nulls = (unknown[rows.stops] - unknown[rows.starts]).astype(np.int64)
        low, high = rows.starts, rows.stops
        low, high = (low, high - nulls) if order.nulls_last else (low + nulls, high)
        found = search(rows, values, targets, low, high, after=after)
        peers = rows.group_stops if after else rows.group_starts
        return np.where(known, found, peers)


def moved(
    key: pl.Series, offset: float | Interval | None, direction: int, *, descending: bool
) -> Ints:
    """Return the ordinals of the values at a distance from *key*."""
    if isinstance(offset, Interval):
        by = offset if direction > 0 else -offset
        if by.months:
            key = key.dt.offset_by(f"{by.months}mo")
        return ordinals(key, by.ns, descending=descending)
    assert offset is not None, "an edge at the current row is not looked for"
    return ordinals(key, direction * offset, descending=descending)


def search(rows: Rows, values: Ints, targets: Ints, low: Ints, high: Ints, *, after: bool) -> Ints:
    """Return for each row the first place in ``[low, high)`` at (or *after*) its target."""
    if len(rows.sizes) > LOOPED_PARTITIONS_MAX:
        return halved(values, targets, low, high, after=after)
    found = np.empty(rows.count, dtype=np.int64)
    side: Literal["left", "right"] = "right" if after else "left"
    for first, size in zip(rows.firsts.tolist(), rows.sizes.tolist(), strict=True):
        start, stop = int(low[first]), int(high[first])
        part = slice(first, first + size)
        found[part] = start + np.searchsorted(values[start:stop], targets[part], side)
    return found


def halved(values: Ints, targets: Ints, low: Ints, high: Ints, *, after: bool) -> Ints:
    """Search all partitions at once."""
    low, high = low.copy(), high.copy()
    rounds = int((high - low).max(initial=0)).bit_length()
    for _ in range(rounds):
        middle = (low + high) >> 1
        probe = values[np.minimum(middle, len(values) - 1)]
        open_ = low < high
        right = open_ & ((probe <= targets) if after else (probe < targets))
        low = np.where(right, middle + 1, low)
        high = np.where(open_ & ~right, middle, high)
    return low
