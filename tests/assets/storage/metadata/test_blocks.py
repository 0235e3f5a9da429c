"""assets.storage.metadata.blocks: coverage, horizon and tail divide the blocks exactly."""

from datetime import timedelta

import psycopg
import pytest

from assets.storage.layout import Slice
from assets.storage.metadata.blocks import (
    SliceCut,
    blocks_in,
    horizon,
    process_infos,
    slices_with_blocks,
    stream_infos,
    tail_blocks,
)


def test_the_horizon_stops_at_the_oldest_open_transaction(metadata, new_sender) -> None:
    """
    What commits later may still be below any horizon above it.
    """
    with psycopg.connect(metadata.url) as writer:
        writer.execute("INSERT INTO segments VALUES (gen_random_uuid(), 'k', 1)")
        sender = new_sender()
        metadata.send(sender, sender.block())
        held = horizon(metadata.reader)
        (ref,) = tail_blocks(metadata.reader, "log", {})
        assert held <= ref.position
    assert horizon(metadata.reader) > ref.position


def test_a_horizon_is_written_before_it_is_used(metadata) -> None:
    """
    Otherwise a crash could give ids below it to new transactions, behind the tables' backs.
    """
    reached = horizon(metadata.reader)
    assert metadata.reader.execute("SELECT position FROM last_horizon").fetchone() == (reached,)
    with (
        psycopg.connect(metadata.url) as conn,
        conn.transaction(),
        pytest.raises(AssertionError, match="not durable"),
    ):
        horizon(conn)


def test_the_tail_is_what_coverage_lacks(metadata, new_sender) -> None:
    """
    The table has position < coverage, the tail has the rest: nothing twice, nothing missing.
    """
    sender = new_sender()
    first, second = sender.block(), sender.block()
    metadata.send(sender, first)
    covered = horizon(metadata.reader)
    metadata.send(sender, second)
    (slice_blocks, *later) = slices_with_blocks(metadata.reader, "log")
    starts = {found.slice.start for found in (slice_blocks, *later)}
    cuts = [SliceCut(Slice(start), 0, covered) for start in starts]
    in_table = blocks_in(metadata.reader, "log", cuts)
    in_tail = tail_blocks(metadata.reader, "log", dict.fromkeys(starts, covered))
    assert [ref.block_id for ref in in_table] == [first.block_id]
    assert [ref.block_id for ref in in_tail] == [second.block_id]
    rest = [SliceCut(Slice(start), covered, None) for start in starts]
    assert blocks_in(metadata.reader, "log", rest) == in_tail


def test_filters_choose_blocks_by_tag_time_process_and_stream(metadata, new_sender) -> None:
    """
    Event time is half open; a block counts when one of its events may lie between.
    """
    logs, spans = new_sender(), new_sender(tag="cpu")
    early, late = logs.block(begin_ns=100), logs.block(begin_ns=200)
    metadata.send(logs, early, late)
    metadata.send(spans, spans.block())

    def found(**filters: object) -> set[str]:
        tag = filters.pop("tag", "log")
        everywhere = [
            SliceCut(part.slice, 0, None) for part in slices_with_blocks(metadata.reader, tag)
        ]
        in_tail = tail_blocks(metadata.reader, tag, {}, **filters)
        assert blocks_in(metadata.reader, tag, everywhere, **filters) == in_tail
        return {ref.block_id for ref in in_tail}

    assert found() == {early.block_id, late.block_id}
    assert found(begin_ns=110, end_ns=200) == {early.block_id}
    assert found(begin_ns=111, end_ns=201) == {late.block_id}
    assert found(begin_ns=111, end_ns=200) == set()
    assert len(found(tag="cpu")) == 1
    assert found(tag="metrics") == set()
    assert found(process_id=spans.process_id) == set()
    assert found(stream_id=logs.stream_id) == {early.block_id, late.block_id}


def test_slices_of_one_process_carry_it(metadata, new_sender) -> None:
    """
    Views that are kept per process have slices of their own.
    """
    mine, other = new_sender(), new_sender()
    metadata.send(mine, mine.block(), mine.block())
    metadata.send(other, other.block())
    found = slices_with_blocks(metadata.reader, "log", process_id=mine.process_id)
    assert {part.slice.process_id for part in found} == {mine.process_id}
    assert (sum(part.blocks for part in found), sum(part.bytes for part in found)) == (2, 200)
    cuts = [SliceCut(part.slice, 0, None) for part in found]
    assert len(blocks_in(metadata.reader, "log", cuts)) == 2
    assert blocks_in(metadata.reader, "log", []) == []


def test_slices_are_hours_of_insert_time(metadata, new_sender) -> None:
    """
    The range is half open and selects by insert time.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    metadata.let_hours_pass(3)
    metadata.send(sender, sender.block())
    old, *_, new = slices_with_blocks(metadata.reader, "log")
    assert new.slice.start - old.slice.start in {timedelta(hours=3), timedelta(hours=4)}
    assert old.min_position == old.max_position < new.min_position
    only_old = slices_with_blocks(metadata.reader, "log", start=old.slice.start, end=old.slice.end)
    assert only_old == [old]


def test_infos_leave_out_what_is_unknown(metadata, new_sender) -> None:
    """
    The caller sees what is missing.
    """
    sender, unknown = new_sender(), new_sender()
    metadata.send(sender)
    ids = [sender.process_id, unknown.process_id]
    assert set(process_infos(metadata.reader, ids, None)) == {sender.process_id}
    ids = [sender.stream_id, unknown.stream_id]
    assert set(stream_infos(metadata.reader, ids, None)) == {sender.stream_id}
