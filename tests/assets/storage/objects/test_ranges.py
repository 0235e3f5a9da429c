"""Merging reads: every range is answered exactly, in as few requests as the limits allow."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.storage.objects.limits import COALESCE_GAP_BYTES, COALESCE_SPAN_BYTES
from assets.storage.objects.ranges import coalesce, cut

OBJECT = bytes(index % 251 for index in range(400_000))
RANGES = st.lists(st.tuples(st.integers(0, len(OBJECT) - 2000), st.integers(0, 2000)), max_size=30)


@given(RANGES)
def test_merged_reads_answer_what_single_reads_would(ranges: list[tuple[int, int]]) -> None:
    """
    coalesce and cut together are the identity on any set of ranges.
    """
    spans = coalesce(ranges)
    reads = [OBJECT[span.start : span.end] for span in spans]
    assert cut(ranges, spans, reads) == [OBJECT[o : o + n] for o, n in ranges]
    assert all(b.start - a.end > COALESCE_GAP_BYTES for a, b in itertools.pairwise(spans))


def test_neighbours_share_a_read_until_the_gap_or_the_span_is_too_large() -> None:
    """
    COALESCE_GAP_BYTES and COALESCE_SPAN_BYTES start another request, and only they do.
    """
    assert len(coalesce([(0, 10), (10 + COALESCE_GAP_BYTES, 10)])) == 1
    assert len(coalesce([(0, 10), (11 + COALESCE_GAP_BYTES, 10)])) == 2
    half = COALESCE_SPAN_BYTES // 2
    assert len(coalesce([(0, half), (half, half)])) == 1
    assert len(coalesce([(0, half), (half, half + 1)])) == 2
    assert len(coalesce([(0, 3 * COALESCE_SPAN_BYTES)])) == 1


def test_a_short_read_is_noticed() -> None:
    """
    cut never invents bytes that a read did not return.
    """
    ranges = [(0, 10), (20, 10)]
    assert cut(ranges, coalesce(ranges), [OBJECT[:29]]) is None


def test_negative_ranges_are_refused() -> None:
    """
    A negative offset would count from the end in some stores.
    """
    for ranges in ([(-1, 5)], [(5, -1)]):
        with pytest.raises(ValueError, match="range"):
            coalesce(ranges)
