"""
The order in which the begins and ends of a lane's spans follow one another.

A viewer takes an end for that of the span begun last, so ends must come innermost first also where
clocks tick at the same time. Spans come in pieces; those still open stay for the next piece.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Marks:
    """
    Begins and ends of spans, in order.

    Attributes:
        span: Place of the span that each belongs to.
        is_end: Whether it is the end.
    """

    span: Ints
    is_end: Flags


@dataclass(frozen=True, slots=True)
class Ordered:
    """
    What can be said of a piece of spans.

    Attributes:
        marks: Begins of all spans but the first *begun*, and the ends until the last of them.
        enclosing: Place of the innermost span open when each began, -1 for none.
        nested: The spans really lie within one another; otherwise the rest means nothing.
        open: Places of the spans whose end comes later, outermost first.
    """

    marks: Marks
    enclosing: Ints
    nested: bool
    open: Ints


def sorted_places(begin: Ints, end: Ints, number: Ints) -> Ints:
    """Return places in the order of begins, of those that begin at once the outer one first."""
    return np.lexsort((number, -end, begin))


def ordered(begin: Ints, end: Ints, begun: int) -> Ordered:
    """
    Order the begins and ends of spans that lie within one another.

    Args:
        begin: When they began, in the order of ``sorted_places``.
        end: When they ended.
        begun: So many at the front began in an earlier piece and are still open.
    """
    count = len(begin)
    place = np.arange(count)
    # The first span that begins when this one has ended: everything before it is within.
    after = np.maximum(np.searchsorted(begin, end, side="left"), place + 1)
    after = np.maximum(after, begun)
    closes = after < count
    begins, ends = place[begun:], place[closes]
    # Before the begin of a span come the ends of those that are over by then, the latest first.
    width = 2 * count + 2
    keys = np.concatenate([begins * width + width - 1, after[closes] * width + count - ends])
    order = np.argsort(keys, kind="stable")
    is_end = order >= len(begins)
    span = np.concatenate([begins, ends])[order]
    marks = Marks(span, is_end)
    still = place[~closes]
    nested, enclosing = _checked(marks, begin, end, begun, still)
    return Ordered(marks, enclosing, nested, still)


def _checked(marks: Marks, begin: Ints, end: Ints, begun: int, still: Ints) -> tuple[bool, Ints]:
    """Return whether every end closes the span begun last, and what encloses each span."""
    count = len(begin)
    steps = np.where(marks.is_end, -1, 1)
    depth_after = begun + np.cumsum(steps)
    depth = np.empty(count, np.int64)
    depth[:begun] = np.arange(begun)
    is_begin = ~marks.is_end
    depth[marks.span[is_begin]] = depth_after[is_begin] - 1
    closed_at = depth_after[marks.is_end]
    times = np.where(marks.is_end, end[marks.span], begin[marks.span])
    nested = (
        bool(np.all(closed_at == depth[marks.span[marks.is_end]]))
        and bool(np.all(times[1:] >= times[:-1]))
        and bool(np.all(end[still][1:] <= end[still][:-1]))
    )
    return nested, _enclosing(depth) if nested else np.full(count, -1, np.int64)


def _enclosing(depth: Ints) -> Ints:
    """Return for each span of a preorder the last one before it that is one level up."""
    count = len(depth)
    place = np.arange(count)
    width = count + 1
    levels = np.sort(depth * width + place)
    found = np.searchsorted(levels, (depth - 1) * width + place) - 1
    above = levels[np.maximum(found, 0)]
    right = (found >= 0) & (above // width == depth - 1) & (depth > 0)
    return np.where(right, above % width, -1)
