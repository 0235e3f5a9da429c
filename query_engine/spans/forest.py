"""
Who is whose parent among spans, as arrays: the base of everything that walks call trees.

Spans are numbered by their place in the arrays; -1 stands for no parent. Whatever was recorded, the
result is a forest: a parent that is missing, or not above its child, is none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from query_engine.spans.limits import DENSE_IDS_FACTOR
from query_engine.spans.sorting import Ints, by_value, grouped

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Forest:
    """
    Spans and their parents.

    Attributes:
        parent: Place of each span's parent, -1 where there is none (int64, one for each span).
        depth: How many spans enclose each (int64); -1 for those whose parents form a circle.
    """

    parent: Ints
    depth: Ints

    def levels(self, depth_max: int) -> list[Ints]:
        """Return the places of the spans of each depth, from the roots to *depth_max*."""
        shown = np.flatnonzero((self.depth >= 0) & (self.depth <= depth_max))
        depth = self.depth[shown]
        order = shown[grouped(depth)]
        return np.split(order, np.cumsum(np.bincount(depth))[:-1]) if len(shown) else []

    def inherited(
        self, values: NDArray[T], combine: Callable[[NDArray[T], NDArray[T]], NDArray[T]]
    ) -> NDArray[T]:
        """
        Return each span's value combined with those of all spans that enclose it.

        Args:
            values: One for each span; what parents in a circle have stays as it is.
            combine: Maximum, minimum or logical and: to combine a value twice does no harm.
        """
        found = values.copy()
        above = np.where(self.depth >= 0, self.parent, -1)
        while (climbing := np.flatnonzero(above >= 0)).size:
            over, own = above[climbing], found[climbing]
            both = combine(own, found[over])
            if np.array_equal(both, own):
                break
            found[climbing] = both
            above[climbing] = above[over]
        return found


def forest(ids: Ints, parents: Ints) -> Forest:
    """
    Return who is whose parent.

    Args:
        ids: Id of each span; of equal ones the first is the one that is meant.
        parents: Id of each span's parent; ids that no span has are those of none.
    """
    return planted(places(ids, parents))


def planted(parent: Ints) -> Forest:
    """Return the forest of places of parents; a span that is its own parent has none."""
    parent[parent == np.arange(len(parent))] = -1
    return Forest(parent, _depths(parent))


def places(ids: Ints, wanted: Ints) -> Ints:
    """Return the first place of each wanted id among *ids*, -1 where it is not among them."""
    if len(ids) == 0:
        return np.full(len(wanted), -1, np.int64)
    low, high = int(ids.min()), int(ids.max())
    if high - low < DENSE_IDS_FACTOR * len(ids):
        table = np.full(high - low + 2, -1, np.int64)
        table[(ids - low)[::-1]] = np.arange(len(ids) - 1, -1, -1)
        inside = (wanted >= low) & (wanted <= high)
        return table[np.where(inside, wanted - low, high - low + 1)]
    order, asked = by_value(ids), np.argsort(wanted)
    ranked, sought = ids[order], wanted[asked]
    # In their order the wanted ones walk through the ids once; in any other they jump about.
    at = np.minimum(np.searchsorted(ranked, sought), len(ids) - 1)
    found = np.empty(len(wanted), np.int64)
    found[asked] = np.where(ranked[at] == sought, order[at], -1)
    return found


def _depths(parent: Ints) -> Ints:
    """Return how many ancestors each span has, by doubling the steps taken; -1 in a circle."""
    depth = np.where(parent >= 0, 1, 0).astype(np.int64)
    above = parent.copy()
    while (climbing := np.flatnonzero(above >= 0)).size:
        over = above[climbing]
        depth[climbing] += depth[over]
        above[climbing] = above[over]
        if depth.max() > len(parent):
            depth[above >= 0] = -1
            break
    return depth
