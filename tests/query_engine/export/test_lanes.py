"""Lanes: every span is drawn once, below its parent or alone."""

from random import Random

import numpy as np
import pytest

from query_engine.export.lanes import Group, Spans
from query_engine.export.order import sorted_places
from tests.query_engine.spans.trees import Span, nested, tangled


def spans_of(spans: list[Span]) -> Spans:
    """Return spans as groups take them."""
    columns = [
        np.array([getattr(one, name) for one in spans], np.int64)
        for name in ("id", "parent", "begin", "end")
    ]
    found = Spans(*columns, kind=np.zeros(len(spans), np.int64))
    return found.at(sorted_places(found.begin, found.end, found.number))


def drawn(group: Group, spans: Spans, pieces: int) -> dict[int, list[tuple[int, bool]]]:
    """Return id and whether it is the end for each mark of each lane."""
    lanes: dict[int, list[tuple[int, bool]]] = {}
    size = max(1, len(spans) // pieces)
    stretches = [
        stretch
        for first in range(0, len(spans), size)
        for stretch in group.take(spans.at(np.arange(len(spans))[first : first + size]))
    ]
    for stretch in [*stretches, *group.finish()]:
        lane = lanes.setdefault(stretch.lane, [])
        numbers = stretch.spans.number[stretch.marks.span].tolist()
        lane += zip(numbers, stretch.marks.is_end.tolist(), strict=True)
    return lanes


@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("made", [nested, tangled])
def test_a_span_lies_below_its_parent_or_alone(made, seed, pieces):
    """
    Whatever overlaps whatever: no lane shows a span as called by one that did not call it.
    """
    random = Random(seed)
    spans = made(random, random.randint(1, 40))
    parent_of = {span.id: span.parent for span in spans}
    seen = []
    for marks in drawn(Group(), spans_of(spans), pieces).values():
        stack: list[int] = []
        for number, is_end in marks:
            if is_end:
                assert stack.pop() == number
                continue
            assert not stack or stack[-1] == parent_of[number]
            stack.append(number)
            seen.append(number)
        assert stack == []
    assert sorted(seen) == sorted(parent_of)


def straightforward(spans: Spans) -> dict[int, int]:
    """Return the lane of each span, all lanes looked at for each."""
    stacks: list[list[tuple[int, int]]] = []
    lanes: dict[int, int] = {}
    columns = (spans.number, spans.parent, spans.begin, spans.end)
    for number, parent, begin, end in zip(*(one.tolist() for one in columns), strict=True):
        for stack in stacks:
            while stack and stack[-1][1] <= begin:
                stack.pop()
        home = [n for n, stack in enumerate(stacks) if stack and stack[-1][0] == parent]
        fits = [n for n in home if stacks[n][-1][1] >= end]
        empty = [n for n, stack in enumerate(stacks) if not stack]
        lanes[number] = (fits or empty or [len(stacks)])[0]
        if lanes[number] == len(stacks):
            stacks.append([])
        stacks[lanes[number]].append((number, end))
    return lanes


@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("seed", range(40))
def test_the_lowest_free_lane_is_taken(seed, pieces):
    """
    As if all lanes were looked at for each span, which takes too long where thousands overlap.
    """
    random = Random(seed)
    spans = spans_of(tangled(random, random.randint(1, 60)))
    marks = drawn(Group(), spans, pieces)
    found = {number: lane for lane, all_of_it in marks.items() for number, _ in all_of_it}
    assert found == straightforward(spans)


def test_the_spans_of_a_thread_share_one_lane():
    """
    Calls within calls are what a lane is for.
    """
    spans = [Span(1, 0, 0, 100, ""), Span(2, 1, 10, 60, ""), Span(3, 2, 20, 60, "")]
    assert set(drawn(Group(), spans_of(spans), 3)) == {0}


def test_coroutines_that_overlap_get_lanes_and_arrows():
    """
    Two children of one parent that run at once: the second is drawn beside, with an arrow to it.
    """
    spans = [Span(1, 0, 0, 100, ""), Span(2, 1, 10, 60, ""), Span(3, 1, 20, 90, "")]
    group = Group()
    lanes = drawn(group, spans_of(spans), 1)
    assert lanes[0] == [(1, False), (2, False), (2, True), (1, True)]
    assert lanes[1] == [(3, False), (3, True)]
    (arrow,) = group.arrows
    assert (arrow.parent, arrow.child, arrow.lane, arrow.time) == (1, 3, 0, 20)


def test_lanes_are_used_again():
    """
    There are as many as spans overlapped at a time, not as many as there were.
    """
    spans = [Span(n, 0, n * 10, n * 10 + 15, "") for n in range(1, 100)]
    assert set(drawn(Group(), spans_of(spans), 7)) == {0, 1}
