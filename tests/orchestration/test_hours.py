"""Partition keys and slices name the same hours."""

import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.storage.layout import Slice
from orchestration.hours import contiguous, hourly_partitions, key_of, pieces, slice_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def hour(n: int) -> datetime:
    return NOON + timedelta(hours=n)


def test_a_key_and_its_slice_are_the_same_hour() -> None:
    """
    What an operator launches in the UI is exactly the slice of that hour of insert time, in UTC.
    """
    assert key_of(NOON) == "2026-11-22-12:00"
    assert slice_of("2026-11-22-12:00") == Slice(NOON)
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert key_of(elsewhere) == "2026-11-22-12:00"


def test_a_text_that_is_no_key_is_refused() -> None:
    """
    A malformed key never becomes some hour by accident.
    """
    with pytest.raises(ValueError, match="yesterday"):
        slice_of("yesterday")


def test_the_current_hour_is_a_partition() -> None:
    """
    Increments go to the hour that is still running, so it must exist in the UI.
    """
    hours = hourly_partitions(datetime(2026, 11, 1, tzinfo=UTC))
    keys = hours.get_partition_keys(current_time=NOON + timedelta(minutes=7))
    assert keys[0] == "2026-11-01-00:00"
    assert keys[-1] == key_of(NOON)


@given(st.sets(st.integers(0, 60)))
def test_stretches_hold_every_hour_once_and_have_no_gap(numbers: set[int]) -> None:
    """
    Cutting hours into stretches loses none, doubles none and joins none across a gap.
    """
    stretches = contiguous([hour(n) for n in numbers])
    assert [h for stretch in stretches for h in stretch] == [hour(n) for n in sorted(numbers)]
    for stretch in stretches:
        assert stretch == [stretch[0] + timedelta(hours=i) for i in range(len(stretch))]
    for before, after in itertools.pairwise(stretches):
        assert after[0] - before[-1] > timedelta(hours=1)


def test_a_long_stretch_is_cut_into_pieces_of_the_limit() -> None:
    """
    Pieces are as long as allowed, the last one holds the rest.
    """
    assert [len(p) for p in pieces([hour(n) for n in range(7)], 3)] == [3, 3, 1]
