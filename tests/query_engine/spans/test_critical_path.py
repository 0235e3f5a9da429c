"""Critical paths, checked against the definition as a recursion."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from query_engine.spans.critical_path import critical_path
from query_engine.spans.forest import forest
from tests.query_engine.spans.trees import Span, nested, tangled


def path_of(spans: list[Span]) -> list[tuple[int, int, int]]:
    """Return id, begin and end of each stretch."""
    ids = np.array([one.id for one in spans], np.int64)
    tree = forest(ids, np.array([one.parent for one in spans], np.int64))
    begin = np.array([one.begin for one in spans], np.int64)
    end = np.array([one.end for one in spans], np.int64)
    rows = critical_path(tree, begin, end).rows()
    return [(spans[place].id, first, last) for place, first, last in rows]


def straightforward(spans: list[Span]) -> list[tuple[int, int, int]]:
    """Return the stretches as the definition reads, span by span."""
    ids = {one.id for one in spans}
    place = {one.id: number for number, one in enumerate(spans)}
    stretches: list[tuple[int, int, int]] = []

    def walk(owner: int | None, low: int, high: int) -> None:
        inside = [
            (min(one.end, high), -max(one.begin, low), place[one.id], one)
            for one in spans
            if (one.parent == owner if owner is not None else one.parent not in ids)
            and min(one.end, high) > max(one.begin, low)
        ]
        at = high
        while True:
            waited = [found for found in inside if found[0] <= at]
            if not waited:
                break
            best = max(waited, key=lambda found: found[:3])
            inside.remove(best)
            inside = [found for found in inside if found[:3] < best[:3]]
            last, first = best[0], -best[1]
            if owner is not None and at > last:
                stretches.append((owner, last, at))
            walk(best[3].id, first, last)
            at = first
        if owner is not None and at > low:
            stretches.append((owner, low, at))

    times = [one.begin for one in spans] + [one.end for one in spans]
    walk(None, min(times), max(times))
    return sorted(stretches, key=lambda one: one[1:])


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("made", [nested, tangled])
def test_the_path_is_that_of_the_definition(made, seed):
    """
    Also where children outlive their parents or ran at once.
    """
    random = Random(seed)
    spans = made(random, random.randint(1, 30))
    assert path_of(spans) == straightforward(spans)


@pytest.mark.parametrize("seed", range(20))
def test_stretches_cover_one_root_without_gap_or_overlap(seed):
    """
    Together they are as long as the trace.
    """
    random = Random(seed)
    root = Span(1, 0, 0, 200, "root")
    others = [
        Span(one.id + 1, one.parent + 1, one.begin, one.end, one.name) for one in nested(random, 40)
    ]
    stretches = path_of([root, *others])
    assert stretches[0][1] == 0
    assert stretches[-1][2] == 200
    for (_, _, last), (_, first, _) in pairwise(stretches):
        assert last == first


def test_the_slower_of_two_parallel_calls_is_on_the_path():
    """
    The other one could be ever so much faster: nothing would end earlier.
    """
    spans = [
        Span(1, 0, 0, 100, "request"),
        Span(2, 1, 10, 40, "fast"),
        Span(3, 1, 10, 90, "slow"),
        Span(4, 3, 20, 80, "query"),
    ]
    assert path_of(spans) == [
        (1, 0, 10), (3, 10, 20), (4, 20, 80), (3, 80, 90), (1, 90, 100),
    ]  # fmt: skip


def test_no_spans_have_no_path():
    """
    An unknown trace is no error of this function.
    """
    assert path_of([]) == []


def test_a_deep_trace_is_walked_level_by_level():
    """
    Calls within calls, far deeper than Python's stack: each has a stretch before and after.
    """
    depth = 3000
    spans = [Span(n, n - 1, n, 2 * depth - n, "f") for n in range(1, depth)]
    path = path_of(spans)
    assert len(path) == 2 * (depth - 1) - 1
    assert path[:2] == [(1, 1, 2), (2, 2, 3)]
    assert path[-1] == (1, 2 * depth - 2, 2 * depth - 1)


def test_parents_in_a_circle_and_spans_that_end_before_they_begin_are_no_part_of_it():
    """
    What is below such spans neither is: nothing waited for it that is known.
    """
    spans = [
        Span(1, 2, 0, 5, "a"), Span(2, 1, 0, 5, "b"), Span(3, 0, 9, 4, "c"), Span(4, 3, 5, 8, "d"),
        Span(5, 0, 1, 3, "e"), Span(6, 5, 3, 2, "f"),
    ]  # fmt: skip
    assert path_of(spans) == [(5, 1, 3)]
