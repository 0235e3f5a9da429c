"""The newest block of each thread: by what the thread recorded, not by when it arrived."""

import uuid
from dataclasses import replace

import psycopg
import pytest

from assets.storage.metadata import newest_blocks
from assets.storage.metadata.newest_blocks import newest_blocks_of_threads
from tests.assets.filled_lake import filled, new_sender

__all__ = ["filled", "new_sender"]


@pytest.fixture
def written(filled, make_block):
    """Return a function that stores a block of spans from place in the stream and end."""

    def write(sender, offset: int, end: int) -> str:
        made = make_block("cpu", [{"begin": 0, "duration": end, "id": 1}], object_offset=offset)
        filled.write(sender, made)
        return made.ref.block_id

    return write


def newest(filled, sender, stream_id=None) -> list[str]:
    """Return the ids of the newest blocks of a process."""
    with psycopg.connect(filled.url, autocommit=True) as conn:
        found = newest_blocks_of_threads(conn, sender.process_id, stream_id)
        return [block.block_id for block in found]


def test_each_thread_has_one_newest_block(filled, new_sender, written) -> None:
    """
    That with the most rows before it; the thread that ended last comes first.
    """
    one = new_sender(tag="cpu")
    other = replace(one, stream_id=str(uuid.uuid4()))
    last = written(one, 9, end=50)
    written(one, 3, end=70)
    second = written(other, 0, end=60)
    written(new_sender(tag="cpu"), 99, end=90)
    assert newest(filled, one) == [second, last]
    assert newest(filled, one, one.stream_id) == [last]
    assert newest(filled, new_sender(tag="cpu")) == []


def test_of_very_many_threads_those_that_ended_last_are_told(
    filled, new_sender, written, monkeypatch
) -> None:
    """
    The bound is NEWEST_BLOCKS_MAX.
    """
    monkeypatch.setattr(newest_blocks, "NEWEST_BLOCKS_MAX", 2)
    one = new_sender(tag="cpu")
    threads = [replace(one, stream_id=str(uuid.uuid4())) for _ in range(3)]
    ids = [written(thread, 0, end=end) for thread, end in zip(threads, (5, 30, 20), strict=True)]
    assert newest(filled, one) == [ids[1], ids[2]]
