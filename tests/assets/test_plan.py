"""Plans are values: what is decided from blocks, coverage and horizon, without any storage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.plan import (
    Budget,
    Portion,
    batches,
    by_start,
    coverage_after,
    event_range,
    increments,
    leading,
    tag_of,
    with_blocks,
    within_budget,
)
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import SliceBlocks, SliceCut
from assets.storage.metadata.records import BlockRef
from assets.views.catalog import VIEWS
from assets.views.generation import generation_of
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS

HOUR = datetime(2026, 11, 22, 17, tzinfo=UTC)
ONE, TWO = Slice(HOUR), Slice(HOUR + timedelta(hours=1))


def seen(slice_: Slice, low: int, high: int, blocks: int = 2) -> SliceBlocks:
    """Return a slice with blocks from position low to high."""
    return SliceBlocks(slice_, blocks, 100 * blocks, low, high)


def test_every_view_has_one_tag() -> None:
    """
    A rollup is built from the blocks of the view that it counts.
    """
    assert [tag_of(view) for view in VIEWS] == [
        "log",
        "metrics",
        "log",
        "cpu",
        "cpu",
        "image",
        "metrics",
        "trace",
        "trace",
        "metrics",
    ]


@pytest.mark.parametrize(
    ("found", "covered", "expected"),
    [
        (seen(ONE, 5, 9), {}, [SliceCut(ONE, 0, 100)]),
        (seen(ONE, 5, 9), {ONE: 9}, [SliceCut(ONE, 9, 100)]),
        (seen(ONE, 5, 9), {ONE: 10}, []),
        (seen(ONE, 100, 120), {}, []),
        (seen(ONE, 5, 120), {ONE: 100}, []),
        (seen(ONE, 5, 120), {ONE: 130}, []),
    ],
)
def test_a_cut_holds_settled_blocks_that_are_not_covered(found, covered, expected) -> None:
    """
    From the coverage to the horizon (here 100), and nothing when no block lies between.
    """
    assert increments([found], covered, 100) == expected


def test_a_closed_slice_is_finished_without_new_blocks() -> None:
    """
    Its coverage moves past the closing once, if the closing has settled; then never again.
    """
    found = [seen(ONE, 5, 9), seen(TWO, 5, 9)]
    closings = {ONE.start: 50, TWO.start: 150}
    assert increments(found, {ONE: 20, TWO: 20}, 100, closings) == [SliceCut(ONE, 20, 100)]
    assert increments(found, {ONE: 50, TWO: 20}, 100, closings) == []


def test_cuts_come_oldest_first_and_leading_takes_at_least_one() -> None:
    """
    PLAN_BLOCKS_MAX bounds what one plan reads, but never stops the work.
    """
    found = [seen(TWO, 1, 2, blocks=10), seen(ONE, 1, 2, blocks=10)]
    cuts = increments(found, {}, 100)
    assert [cut.slice for cut in cuts] == [ONE, TWO]
    assert leading(cuts, found, 5) == cuts[:1]
    assert leading(cuts, found, 20) == cuts


def test_coverage_is_read_per_owner_and_recorded_per_generation() -> None:
    """
    A per-process table covers each process's slices apart; what is written names who built it.
    """
    process = Slice(HOUR, "p")
    assert by_start({ONE: 3, process: 4}) == {HOUR: 3}
    assert by_start({ONE: 3, process: 4}, "p") == {HOUR: 4}
    cuts = [SliceCut(ONE, 0, 7)]
    assert coverage_after(LOG_ENTRIES, cuts) == {ONE.app_id(generation_of(LOG_ENTRIES)): 7}


def test_a_rollup_reads_on_to_the_end_of_its_last_bin() -> None:
    """
    Only the end moves, and only for views that count events into bins.
    """
    assert event_range(LOG_ENTRIES, 1, 2) == (1, 2)
    assert event_range(LOG_STATS, 1, 2) == (1, 2 + 60 * 10**9)
    assert event_range(LOG_STATS, None, None) == (None, None)


@given(
    positions=st.lists(st.integers(1, 9), max_size=20),
    rows=st.integers(1, 30),
    size=st.integers(1, 300),
)
def test_repeated_portions_take_every_block_once(positions, rows, size) -> None:
    """
    However small the budget: cut after cut, coverage says exactly which blocks were taken.
    """
    blocks = [_ref(n, position) for n, position in enumerate(positions)]
    cut, taken = SliceCut(ONE, 0, 10), []
    while True:
        (portion,) = with_blocks([cut], [b for b in blocks if cut.low <= b.position < 10])
        (first,) = within_budget([portion], Budget(rows, size))
        assert {b.block_id for b in first.blocks} == {
            b.block_id for b in blocks if cut.low <= b.position < first.cut.high
        }
        taken += first.blocks
        if first.cut.high == 10:
            break
        assert first.cut.high > cut.low
        cut = replace(cut, low=first.cut.high)
    assert sorted(b.block_id for b in taken) == sorted(b.block_id for b in blocks)


@given(sizes=st.lists(st.integers(0, 12), max_size=8), rows=st.integers(1, 20))
def test_batches_keep_portions_whole_and_in_order(sizes, rows) -> None:
    """
    Groups fit the budget unless a single portion does not.
    """
    portions = [
        Portion(SliceCut(ONE, 0, 10), tuple(_ref(n, 1) for n in range(size))) for size in sizes
    ]
    groups = list(batches(portions, Budget(rows * 5, 10**9)))
    assert [portion for group in groups for portion in group] == portions
    for group in groups:
        total = sum(len(portion.blocks) for portion in group)
        assert total <= rows or len([p for p in group if p.blocks]) == 1


def _ref(number: int, position: int):
    return BlockRef(
        f"{number:04d}", "p", "s", "k", 0, 50, "f", ("log",), 0, 1, 0, 1, 5, 0, HOUR, position
    )
