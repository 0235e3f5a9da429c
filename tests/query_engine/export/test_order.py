"""Order of begins and ends, checked against a stack."""

from random import Random

import numpy as np
import pytest

from query_engine.export.order import ordered, sorted_places
from tests.query_engine.spans.trees import Span, nested, tangled


def in_order(spans: list[Span]) -> list[Span]:
    """Return spans as pieces take them."""
    places = sorted_places(
        *(
            np.array(values, np.int64)
            for values in zip(*((s.begin, s.end, s.id) for s in spans), strict=True)
        )
    )
    return [spans[place] for place in places]


def walked(spans: list[Span], pieces: int) -> list[tuple[int, bool]] | None:
    """Return id and whether it is the end for each mark; None if the spans are not nested."""
    found: list[tuple[int, bool]] = []
    still: list[Span] = []
    size = max(1, len(spans) // pieces)
    for first in range(0, len(spans), size):
        piece = still + spans[first : first + size]
        begin, end = (np.array([getattr(s, name) for s in piece]) for name in ("begin", "end"))
        step = ordered(begin, end, len(still))
        if not step.nested:
            return None
        marks = zip(step.marks.span, step.marks.is_end, strict=True)
        found += [(piece[place].id, bool(is_end)) for place, is_end in marks]
        still = [piece[place] for place in step.open]
    return found + [(span.id, True) for span in reversed(still)]


def balanced(spans: list[Span], marks: list[tuple[int, bool]]) -> bool:
    """Return whether each end is that of the span begun last, and times never go back."""
    by_id = {span.id: span for span in spans}
    stack: list[int] = []
    times = []
    for id_, is_end in marks:
        times.append(by_id[id_].end if is_end else by_id[id_].begin)
        if not is_end:
            stack.append(id_)
        elif stack.pop() != id_:
            return False
    return not stack and times == sorted(times) and len(marks) == 2 * len(spans)


def lie_within_one_another(spans: list[Span]) -> bool:
    """Return whether no two spans overlap in part."""
    return not any(a.begin < b.begin < a.end < b.end for a in spans for b in spans)


@pytest.mark.parametrize("pieces", [1, 2, 5, 100])
@pytest.mark.parametrize("seed", range(25))
def test_every_end_closes_the_span_begun_last(seed, pieces):
    """
    In one piece or in many, with spans that begin or end at once, or take no time.
    """
    random = Random(seed)
    spans = in_order(nested(random, random.randint(1, 60)))
    marks = walked(spans, pieces)
    assert marks is not None
    assert balanced(spans, marks)


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("seed", range(60))
def test_spans_that_overlap_in_part_are_told(seed, pieces):
    """
    And only they.
    """
    random = Random(seed)
    spans = in_order(tangled(random, random.randint(1, 6)))
    marks = walked(spans, pieces)
    assert (marks is not None) == lie_within_one_another(spans)
    assert marks is None or balanced(spans, marks)


def test_what_encloses_each_span_is_told():
    """
    The innermost one that is open when it begins.
    """
    begin, end = np.array([0, 10, 20, 60, 200]), np.array([100, 50, 40, 70, 300])
    assert ordered(begin, end, 0).enclosing.tolist() == [-1, 0, 1, 0, -1]
    assert ordered(begin, end, 2).enclosing.tolist() == [-1, 0, 1, 0, -1]
