"""
The order in which a tree is written: each span followed by what it caused, by time.

Level by level, as whole columns: how many spans hang below each, from the deepest level upwards;
then, from the roots downwards, the place of each behind its parent and its earlier siblings. Trees
that are deep and narrow are walked span by span, which their many levels would make slower.
"""

from dataclasses import dataclass

import numpy as np

from query_engine.spans.forest import Forest
from query_engine.spans.limits import LEVEL_SPANS_MIN
from query_engine.spans.sorting import Ints, by_group


@dataclass(frozen=True, slots=True)
class Children:
    """
    The spans by their parent, those without one first, then by time.

    Attributes:
        spans: Their places.
        stops: Where the children of each span end; before them, where those without a parent end.
    """

    spans: Ints
    stops: Ints

    def of(self, parents: Ints) -> tuple[Ints, Ints]:
        """Return the children of *parents*, and for each the number of its parent among them."""
        counts = self.stops[parents + 1] - self.stops[parents]
        owner = np.repeat(np.arange(len(parents)), counts)
        shift = self.stops[parents + 1] - np.cumsum(counts)
        return self.spans[np.arange(len(owner)) + shift[owner]], owner


def depth_first(tree: Forest, begin: Ints) -> Ints:
    """
    Return the places of all spans in the order in which a tree is written.

    Those whose parents form a circle come last, by time.

    Args:
        tree: Who is whose parent.
        begin: When each span began.
    """
    counts = np.bincount(tree.parent + 1, minlength=len(begin) + 1)
    children = Children(by_group(tree.parent, begin), np.cumsum(counts))
    levels = int(tree.depth.max(initial=0)) + 1
    walk = _by_level if levels * LEVEL_SPANS_MIN < len(begin) else _by_span
    found = walk(children)
    if len(found) == len(begin):
        return found
    circles = np.flatnonzero(tree.depth < 0)
    return np.concatenate([found, circles[np.argsort(begin[circles], kind="stable")]])


def _by_level(children: Children) -> Ints:
    spans = children.spans[: children.stops[0]]
    levels: list[tuple[Ints, Ints]] = [(spans, np.zeros(len(spans), np.int64))]
    while len(spans):
        spans, owner = children.of(spans)
        levels.append((spans, owner))
    # How many each is together with all below it, and those of its earlier siblings.
    below = np.zeros(0, np.int64)
    shifts: list[Ints] = []
    for (spans, owner), (_, lower) in zip(levels[-2::-1], levels[:0:-1], strict=True):
        sizes = 1 + _sums(below, lower, len(spans))
        before = np.cumsum(sizes) - sizes
        shifts.append(before - before[np.searchsorted(owner, owner)] if len(spans) else before)
        below = sizes
    total = int(below.sum())
    order = np.empty(total, np.int64)
    place = np.full(1, -1, np.int64)
    for (spans, owner), shift in zip(levels[:-1], reversed(shifts), strict=True):
        place = place[owner] + 1 + shift
        order[place] = spans
    return order


def _sums(values: Ints, owner: Ints, count: int) -> Ints:
    """Return the sum of the values of each owner; the owners rise."""
    so_far = np.append(0, np.cumsum(values))
    stops = np.cumsum(np.bincount(owner, minlength=count))
    return np.diff(so_far[stops], prepend=0)


def _by_span(children: Children) -> Ints:
    spans, stops = children.spans.tolist(), children.stops.tolist()
    found: list[int] = []
    waiting = spans[: stops[0]][::-1]
    while waiting:
        place = waiting.pop()
        found.append(place)
        waiting.extend(reversed(spans[stops[place] : stops[place + 1]]))
    return np.array(found, np.int64)
