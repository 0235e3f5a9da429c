"""assets.storage.metadata.closings: a closed hour stays closed, and is skipped when covered."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.storage.layout import Slice
from assets.storage.metadata.blocks import horizon, slices_with_blocks, tail_blocks
from assets.storage.metadata.closings import (
    ClosedHours,
    TimeRange,
    at_most,
    close_hours,
)
from assets.storage.metadata.limits import CLOSING_DELAY, CLOSINGS_PER_CALL_MAX

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 22, tzinfo=UTC)


def hour_of(ref) -> datetime:
    return Slice.containing(ref.insert_time).start


def test_a_lake_without_blocks_has_nothing_to_close(metadata) -> None:
    """
    Hours before the first block are not listed.
    """
    assert close_hours(metadata.reader) == {}


def test_every_passed_hour_is_closed_above_its_blocks(metadata, new_sender) -> None:
    """
    A table that covers the slice up to the closing position has all of its blocks.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    metadata.let_hours_pass(5)
    (ref,) = tail_blocks(metadata.reader, "log", {})
    closings = close_hours(metadata.reader)
    first = hour_of(ref)
    now = datetime.now(UTC)
    assert closings[first] > ref.position
    assert list(closings) == [first + HOUR * n for n in range(len(closings))]
    assert max(closings) + HOUR <= now
    assert max(closings) + 2 * HOUR > now - CLOSING_DELAY - timedelta(minutes=1)


def test_a_closing_never_changes(metadata, new_sender) -> None:
    """
    Repeating it, at the same time too, changes nothing: others may remember closings.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    metadata.let_hours_pass(30)

    def close(_: int) -> dict[datetime, int]:
        with psycopg.connect(metadata.url, autocommit=True) as conn:
            return close_hours(conn)

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(close, range(4)))
    assert together[0] == together[1] == together[2] == together[3] == close_hours(metadata.reader)


def test_a_long_idle_lake_is_closed_in_several_statements(metadata, new_sender) -> None:
    """
    One call closes all hours, at most CLOSINGS_PER_CALL_MAX at a time.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    hours = CLOSINGS_PER_CALL_MAX + 500
    metadata.let_hours_pass(hours)
    assert len(close_hours(metadata.reader)) in {hours - 1, hours}
    positions = "SELECT count(DISTINCT closing_position) FROM slice_closings"
    assert metadata.reader.execute(positions).fetchone() == (2,)


def test_a_closed_and_covered_hour_is_not_read(metadata, new_sender) -> None:
    """
    Shown by a row that cannot exist: a block of a covered hour at a later position.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    metadata.let_hours_pass(5)
    (ref,) = tail_blocks(metadata.reader, "log", {})
    hour = hour_of(ref)
    closing = close_hours(metadata.reader)[hour]
    metadata.reader.execute("UPDATE blocks SET xid = (xid::text::bigint + 1000000)::text::xid8")
    assert len(tail_blocks(metadata.reader, "log", {hour: closing - 1})) == 1
    assert tail_blocks(metadata.reader, "log", {hour: closing}) == []
    assert slices_with_blocks(metadata.reader, "log", coverage={hour: closing}) == []
    assert len(slices_with_blocks(metadata.reader, "log")) == 1


def test_hours_without_the_tag_are_not_read(metadata, new_sender) -> None:
    """
    No table covers an hour in which a view has no blocks; it still costs nothing once settled.
    """
    sender = new_sender(tag="metrics")
    metadata.send(sender, sender.block())
    metadata.let_hours_pass(5)
    closings = close_hours(metadata.reader)
    (metrics,) = tail_blocks(metadata.reader, "metrics", {})
    hour = hour_of(metrics)
    assert ClosedHours().open_ranges(metadata.reader, "log", {}) == (
        TimeRange(None, hour),
        TimeRange(max(closings) + HOUR, None),
    )
    assert ClosedHours().open_ranges(metadata.reader, "metrics", {}) == (
        TimeRange(None, hour + HOUR),
        TimeRange(max(closings) + HOUR, None),
    )


def test_tags_are_known_only_when_the_hour_has_settled(metadata, new_sender) -> None:
    """
    While a transaction from before the closing runs, it may still add a block of any tag.
    """
    sender = new_sender(tag="metrics")
    metadata.send(sender, sender.block())
    metadata.let_hours_pass(3)
    with psycopg.connect(metadata.url) as writer:
        writer.execute("INSERT INTO segments VALUES (gen_random_uuid(), 'k', 1)")
        closings = close_hours(metadata.reader)
        hour = min(closings)
        assert ClosedHours().open_ranges(metadata.reader, "log", {}) == (TimeRange(None, None),)
        # What such a transaction does next: a block of another tag, inside the closed hour.
        writer.execute(
            "INSERT INTO blocks (block_id, process_id, stream_id, segment_id, payload_offset,"
            " payload_size, format, tags, begin_time_ns, end_time_ns, begin_ticks, end_ticks,"
            " nb_objects, object_offset, insert_time, epoch)"
            " SELECT gen_random_uuid(), process_id, stream_id, segment_id, 0, 1, format, '{log}',"
            " 1, 2, 1, 2, 1, 0, insert_time, epoch FROM blocks"
        )
    close_hours(metadata.reader)
    assert ClosedHours().open_ranges(metadata.reader, "log", {})[0] == TimeRange(None, hour + HOUR)
    late = tail_blocks(metadata.reader, "log", {})
    metadata.reader.execute("DELETE FROM segments WHERE object_key = 'k'")
    assert all(ref.position < closings[hour] for ref in late)


def test_a_block_never_arrives_in_a_closed_hour(metadata, new_sender) -> None:
    """
    Not even when the database's clock is set back behind it.
    """
    future = Slice.containing(datetime.now(UTC) + timedelta(hours=2)).start
    metadata.reader.execute("INSERT INTO slice_closings VALUES (%s, 1, '{}')", (future,))
    sender = new_sender()
    metadata.commit(blocks=[sender.block()])
    metadata.send(sender, sender.block())
    refs = tail_blocks(metadata.reader, "log", {})
    assert [ref.insert_time for ref in refs] == [future + HOUR] * 2


def test_a_horizon_reaches_the_closing_position(metadata, new_sender) -> None:
    """
    So that materialization can finish a closed hour without any new block coming in.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    metadata.let_hours_pass(2)
    closings = close_hours(metadata.reader)
    assert horizon(metadata.reader) >= max(closings.values())


def close(metadata, hours: dict[int, str | None]) -> None:
    """Write closings at position 10: hour after START -> its tag, None while it is unsettled."""
    for n, tag in hours.items():
        metadata.reader.execute(
            "INSERT INTO slice_closings VALUES (%s, 10, %s)"
            " ON CONFLICT (slice_start) DO UPDATE SET tags = excluded.tags",
            (START + HOUR * n, None if tag is None else [tag]),
        )


def open_hours(ranges: Sequence[TimeRange]) -> set[int]:
    return {n for n in range(-2, 40) if any(r.contains(START + HOUR * n) for r in ranges)}


@pytest.mark.parametrize("seed", range(5))
def test_ranges_leave_out_exactly_the_finished_hours(metadata, seed: int) -> None:
    """
    Whatever is closed, settled and covered, and in whichever steps a reader gets to know it.
    """
    rng = random.Random(seed)
    closed = ClosedHours()
    known: dict[int, str | None] = {}
    for begin in (0, 10, 20):
        known |= {n: rng.choice(["log", "cpu"]) for n, tag in known.items() if tag is None}
        new = [n for n in range(begin, begin + 10) if rng.random() < 0.9]
        settled = rng.randrange(len(new))
        known |= {n: rng.choice(["log", "cpu"]) for n in new[:settled]}
        known |= dict.fromkeys(new[settled:])
        close(metadata, known)
        covered = {START + HOUR * n: rng.choice([9, 10, 11]) for n in range(30) if n % 7}
        finished = {
            n for n, tag in known.items() if tag == "cpu" or covered.get(START + HOUR * n, 0) >= 10
        }
        for reader in (closed, ClosedHours()):
            ranges = reader.open_ranges(metadata.reader, "log", covered)
            assert open_hours(ranges) == set(range(-2, 40)) - finished
            assert all(before.end < after.start for before, after in pairwise(ranges))


def test_a_reader_reads_each_settled_closing_once(metadata) -> None:
    """
    What is settled never changes; shown by changing it all the same.
    """
    closed = ClosedHours()
    close(metadata, {0: "cpu", 1: None, 2: "cpu"})
    assert open_hours(closed.open_ranges(metadata.reader, "log", {})) & {0, 1, 2} == {1, 2}
    close(metadata, {0: "log", 1: "cpu"})
    assert open_hours(closed.open_ranges(metadata.reader, "log", {})) & {0, 1, 2} == set()


@given(st.sets(st.integers(0, 30), min_size=1), st.integers(1, 8))
def test_fewer_ranges_contain_all_of_them(starts: set[int], count: int) -> None:
    """
    A limit on their number costs reading too much, never too little.
    """
    ranges = [TimeRange(START + HOUR * 2 * n, START + HOUR * (2 * n + 1)) for n in sorted(starts)]
    fewer = at_most(count, ranges)
    assert len(fewer) == min(count, len(ranges))
    for range_ in ranges:
        assert any(f.start <= range_.start and range_.end <= f.end for f in fewer)


def test_the_widest_gaps_stay() -> None:
    """
    Merging reads as few finished hours as possible.
    """
    ranges = [
        TimeRange(None, START + HOUR),
        TimeRange(START + HOUR * 2, START + HOUR * 3),
        TimeRange(START + HOUR * 7, START + HOUR * 9),
        TimeRange(START + HOUR * 10, None),
    ]
    assert at_most(2, ranges) == (
        TimeRange(None, START + HOUR * 3),
        TimeRange(START + HOUR * 7, None),
    )


@pytest.mark.parametrize("coverage", [{}, {START: 5}])
def test_without_closings_everything_is_open(metadata, coverage) -> None:
    """
    A lake whose hours nobody closes is slow, never wrong.
    """
    assert ClosedHours().open_ranges(metadata.reader, "log", coverage) == (TimeRange(None, None),)
