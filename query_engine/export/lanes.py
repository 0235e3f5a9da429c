"""
Which spans share a lane: a row of a viewer, where a span drawn below another was called by it.

The spans of a thread share one as long as each lies within its parent. Those of coroutines overlap:
then a span stays in its parent's lane if it lies within it and nothing else is open there, and
otherwise gets a lane in which nothing is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Self

import numpy as np

from query_engine.export.order import Flags, Ints, Marks, ordered


@dataclass(frozen=True, slots=True)
class Spans:
    """
    Spans of one group, in the order of ``order.sorted_places``.

    Attributes:
        number: Ids.
        parent: Ids of the parents, 0 for none.
        begin: Unix ns.
        end: Unix ns.
        kind: What each is called, as a number that means something to the caller.
    """

    number: Ints
    parent: Ints
    begin: Ints
    end: Ints
    kind: Ints

    @classmethod
    def none(cls) -> Self:
        """Return no spans."""
        return cls(*(np.empty(0, np.int64) for _ in range(5)))

    def at(self, places: Ints | Flags) -> "Spans":
        """Return some of the spans."""
        return Spans(
            self.number[places],
            self.parent[places],
            self.begin[places],
            self.end[places],
            self.kind[places],
        )

    def before(self, later: "Spans") -> "Spans":
        """Return these spans and then *later*."""
        return Spans(
            np.concatenate([self.number, later.number]),
            np.concatenate([self.parent, later.parent]),
            np.concatenate([self.begin, later.begin]),
            np.concatenate([self.end, later.end]),
            np.concatenate([self.kind, later.kind]),
        )

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A span that began in another lane than its parent: their numbers, and where and when."""

    parent: int
    child: int
    lane: int
    time: int


@dataclass(frozen=True, slots=True)
class Passage:
    """What happened next in one lane: the spans concerned, and their begins and ends in order."""

    lane: int
    spans: Spans
    marks: Marks


@dataclass(slots=True)
class Group:
    """
    The lanes of a thread, or of all coroutines of a process; it remembers the spans that are open.

    Attributes:
        arrows: Parents and children in different lanes, since they were last taken away.
    """

    arrows: list[Arrow] = field(default_factory=list)
    _open: list[Spans] = field(default_factory=lambda: [Spans.none()])

    def take(self, piece: Spans) -> Iterator[Passage]:
        """Yield what can be said once a piece, which follows those before it, is known."""
        if len(self._open) == 1:
            spans = self._open[0].before(piece)
            found = ordered(spans.begin, spans.end, len(self._open[0]))
            if found.nested and _by_parents(spans, found.enclosing, len(self._open[0])):
                self._open[0] = spans.at(found.open)
                yield Passage(0, spans, found.marks)
                return
        lanes = self._assigned(piece)
        for lane, before in enumerate(self._open):
            spans = before.before(piece.at(lanes == lane))
            found = ordered(spans.begin, spans.end, len(before))
            assert found.nested, "a lane holds spans that lie within one another"
            self._open[lane] = spans.at(found.open)
            yield Passage(lane, spans, found.marks)

    def finish(self) -> Iterator[Passage]:
        """Yield the ends of the spans that are still open."""
        for lane, spans in enumerate(self._open):
            inwards = np.arange(len(spans))[::-1]
            yield Passage(lane, spans, Marks(inwards, np.ones(len(spans), np.bool_)))
        self._open = [Spans.none() for _ in self._open]

    def _assigned(self, piece: Spans) -> Ints:
        """Return the lane of each span; lanes are made as they are needed."""
        stacks = [
            list(zip(spans.number.tolist(), spans.end.tolist(), strict=True))
            for spans in self._open
        ]
        home = {number: lane for lane, stack in enumerate(stacks) for number, _ in stack}
        # In a lane the innermost span ends first: what ends next is always on top of its stack.
        ends = [(end, lane) for lane, stack in enumerate(stacks) for _, end in stack]
        heapify(ends)
        free = [lane for lane, stack in enumerate(stacks) if not stack]
        lanes = np.empty(len(piece), np.int64)
        columns = (piece.number, piece.parent, piece.begin, piece.end)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for place, (number, parent, begin, end) in enumerate(rows):
            while ends and ends[0][0] <= begin:
                _, over = heappop(ends)
                home.pop(stacks[over].pop()[0], None)
                if not stacks[over]:
                    heappush(free, over)
            lane = home.get(parent)
            if lane is None or stacks[lane][-1][0] != parent or stacks[lane][-1][1] < end:
                if lane is not None:
                    self.arrows.append(Arrow(parent, number, lane, begin))
                lane = heappop(free) if free else len(stacks)
            if lane == len(stacks):
                stacks.append([])
                self._open.append(Spans.none())
            stacks[lane].append((number, end))
            heappush(ends, (end, lane))
            home[number] = lane
            lanes[place] = lane
        return lanes


def _by_parents(spans: Spans, enclosing: Ints, begun: int) -> bool:
    """Return whether what encloses each new span is its parent."""
    inside = np.flatnonzero(enclosing[begun:] >= 0) + begun
    return bool(np.all(spans.number[enclosing[inside]] == spans.parent[inside]))
