"""What a window function sees: the sorted rows, the frame of each, and which values count."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from query_engine.windows.bounds import Bounds
from query_engine.windows.rows import Flags, Ints, Rows

NOTHING = -1
"""The position that means no row."""


class Valued:
    """The rows that count under IGNORE NULLS, by their rank among them."""

    def __init__(self, known: Flags) -> None:
        self.places = np.flatnonzero(known)
        self.before: Ints = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(known)))

    def at(self, rank: Ints, first: Ints, after: Ints) -> Ints:
        """Return the rows of these ranks, where they are in ``[first, after)`` as ranks."""
        inside = (rank >= first) & (rank < after)
        if not len(self.places):
            return np.full(len(rank), NOTHING, dtype=np.int64)
        return np.where(inside, self.places[np.where(inside, rank, 0)], NOTHING)


@dataclass(frozen=True)
class Seen:
    """
    The rows of a window as its functions see them.

    Attributes:
        frames: For functions that read their frame.
        known: Which rows have a value, under IGNORE NULLS; None when all count.
    """

    rows: Rows
    frames: Bounds | None
    known: Flags | None = None

    @cached_property
    def valued(self) -> Valued:
        """The rows that have a value."""
        assert self.known is not None, "asked for under IGNORE NULLS only"
        return Valued(self.known)

    def neighbour(self, distance: int) -> Ints:
        """Return the row so far behind each row of the same partition (before it if negative)."""
        rows = self.rows
        distance = max(-rows.count, min(rows.count, distance))
        if self.known is None or distance == 0:
            at = rows.index + distance
            return np.where((at >= rows.starts) & (at < rows.stops), at, NOTHING)
        before = self.valued.before
        own = before[rows.index] if distance < 0 else before[rows.index + 1] - 1
        return self.valued.at(own + distance, before[rows.starts], before[rows.stops])

    def nth(self, number: int) -> Ints:
        """Return the row of each frame with this number: 1 is the first, -1 the last."""
        assert self.frames is not None, "the function is declared framed"
        found = np.full(self.rows.count, NOTHING, dtype=np.int64)
        stretches = self.frames.stretches if number > 0 else self.frames.stretches[::-1]
        left = np.full(self.rows.count, abs(number), dtype=np.int64)
        for stretch in stretches:
            low, high = stretch.low, stretch.high
            if self.known is not None:
                low, high = self.valued.before[low], self.valued.before[high]
            at = low + left - 1 if number > 0 else high - left
            inside = (left > 0) & (at >= low) & (at < high)
            if self.known is not None:
                at = self.valued.at(at, low, high)
            found = np.where(inside, at, found)
            left = np.where(inside, 0, left - (high - low))
        return found if number else np.full_like(found, NOTHING)
