"""assets.storage.metadata.commit: a batch is stored once, whatever arrives twice or too early."""

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from psycopg import AsyncConnection

from assets.storage.metadata import commit
from assets.storage.metadata.blocks import process_infos, stream_infos, tail_blocks
from assets.storage.metadata.commit import commit_batch


def test_a_committed_block_is_visible_with_its_stream_and_process(metadata, new_sender) -> None:
    """
    What was acknowledged is in the tail at once, with everything needed to decode it.
    """
    sender = new_sender()
    block = sender.block()
    assert metadata.send(sender, block) == {block.block_id}
    (ref,) = tail_blocks(metadata.reader, "log", {})
    assert (ref.block_id, ref.process_id, ref.stream_id) == (
        block.block_id,
        sender.process_id,
        sender.stream_id,
    )
    assert (ref.format, ref.tags, ref.payload_offset) == ("limnograph/v1", ("log",), 8)
    assert ref.position > 0
    info = process_infos(metadata.reader, [sender.process_id], None)[sender.process_id]
    assert (info.exe, info.properties) == ("shop", {"env": "test"})
    stream = stream_infos(metadata.reader, [sender.stream_id], None)[sender.stream_id]
    assert (stream.tags, stream.properties) == (["log"], {"thread-name": "main"})


def test_a_repeated_block_changes_nothing(metadata, new_sender) -> None:
    """
    Clients send again when an answer is lost; the first arrival stays.
    """
    sender = new_sender()
    block = sender.block()
    metadata.send(sender, block)
    before = tail_blocks(metadata.reader, "log", {})
    assert metadata.send(sender, block, block) == frozenset()
    assert tail_blocks(metadata.reader, "log", {}) == before


def test_a_block_twice_in_one_batch_is_stored_once(metadata, new_sender) -> None:
    """
    Two requests of one group commit may carry the same block.
    """
    sender = new_sender()
    block = sender.block()
    assert metadata.send(sender, block, block) == {block.block_id}
    assert len(tail_blocks(metadata.reader, "log", {})) == 1


def test_a_process_can_register_without_blocks(metadata, new_sender) -> None:
    """
    A sender makes itself known before it has anything to say.
    """
    sender = new_sender()
    assert metadata.commit([sender.process()]) == frozenset()
    assert sender.process_id in process_infos(metadata.reader, [sender.process_id], None)


def test_a_batch_of_any_number_of_processes_is_one_transaction(
    metadata, new_sender, monkeypatch
) -> None:
    """
    Many go in several statements, and are all there or none.
    """
    monkeypatch.setattr(commit, "RECORDS_PER_STATEMENT", 3)
    senders = [new_sender() for _ in range(8)]
    metadata.commit([one.process() for one in senders], [one.stream() for one in senders])
    ids = [one.process_id for one in senders]
    assert process_infos(metadata.reader, ids, None).keys() == set(ids)
    xids = "SELECT count(DISTINCT xmin::text) FROM processes"
    assert metadata.reader.execute(xids).fetchone() == (1,)
    wrong = [*(new_sender().process() for _ in range(4)), replace(senders[0].process(), exe=None)]
    with pytest.raises(psycopg.errors.NotNullViolation):
        metadata.commit(wrong)
    assert process_infos(metadata.reader, [one.process_id for one in wrong[:4]], None) == {}


def test_batches_with_the_same_ids_never_deadlock(metadata, new_sender) -> None:
    """
    Several connections send the same blocks, streams and processes in different orders; each id
    is new for exactly one of them.
    """
    senders = [new_sender() for _ in range(10)]
    blocks = [sender.block() for sender in senders for _ in range(10)]

    async def send(number: int) -> list[frozenset[str]]:
        rng = random.Random(number)
        new = []
        async with await AsyncConnection.connect(metadata.url, autocommit=True) as conn:
            for _ in range(10):
                shuffled = [rng.sample(items, len(items)) for items in (senders, blocks)]
                new.append(
                    await commit_batch(
                        conn,
                        metadata.new_segment(),
                        [sender.process() for sender in shuffled[0]],
                        [sender.stream() for sender in shuffled[0]],
                        shuffled[1][:50],
                    )
                )
        return new

    async def together() -> list[list[frozenset[str]]]:
        return await asyncio.gather(*(send(number) for number in range(6)))

    new = [block_id for sets in asyncio.run(together()) for ids in sets for block_id in ids]
    assert len(new) == len(set(new))
    assert {ref.block_id for ref in tail_blocks(metadata.reader, "log", {})} == set(new)


def test_a_waiting_duplicate_is_new_if_the_first_is_rolled_back(metadata, new_sender) -> None:
    """
    A transaction that meets an unfinished one with the same block waits for how it ends.
    """
    sender = new_sender()
    block = sender.block()
    with psycopg.connect(metadata.url) as first, ThreadPoolExecutor(1) as threads:
        first.execute("INSERT INTO block_keys (block_id) VALUES (%s)", (block.block_id,))
        second = threads.submit(metadata.send, sender, block)
        time.sleep(0.2)
        assert not second.done()
        first.rollback()
        assert second.result() == {block.block_id}


def test_commits_are_synchronous_even_where_the_server_says_otherwise(metadata) -> None:
    """
    An acknowledgement must survive a crash of Postgres.
    """
    value = metadata.reader.execute("SHOW synchronous_commit").fetchone()
    assert value == ("on",)


def test_odd_texts_survive(metadata, new_sender) -> None:
    """
    Names and properties come from strangers.
    """
    sender = new_sender()
    odd = 'a"b\\c\n{}\t\u2028 \N{SNOWMAN} \N{GRINNING FACE}'
    process = replace(sender.process(), exe=odd, properties={odd: odd})
    stream = replace(sender.stream(), tags=("log", odd), objects_metadata=b"\0\xff")
    metadata.commit([process], [stream], [sender.block()])
    info = process_infos(metadata.reader, [sender.process_id], None)[sender.process_id]
    assert (info.exe, info.properties) == (odd, {odd: odd})
    found = stream_infos(metadata.reader, [sender.stream_id], None)[sender.stream_id]
    assert (found.tags, found.objects_metadata) == (["log", odd], b"\0\xff")
    assert len(tail_blocks(metadata.reader, odd, {})) == 1
