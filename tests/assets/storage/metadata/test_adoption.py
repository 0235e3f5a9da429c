"""assets.storage.metadata.adoption: any order of arrival ends visible, at its acknowledgement."""

import asyncio
import itertools
import random

import pytest
from psycopg import AsyncConnection

from assets.storage.metadata import adoption
from assets.storage.metadata.adoption import adopt_all_orphans, adopt_orphans, orphan_count
from assets.storage.metadata.blocks import horizon, tail_blocks
from assets.storage.metadata.commit import commit_batch
from assets.storage.metadata.session import prepare_async

PARTS = ("process", "stream", "block")


def parts_of(sender, block) -> dict[str, dict[str, list]]:
    return {
        "process": {"processes": [sender.process()]},
        "stream": {"streams": [sender.stream()]},
        "block": {"blocks": [block]},
    }


@pytest.mark.parametrize("order", list(itertools.permutations(PARTS)), ids="-".join)
def test_a_block_is_visible_once_all_three_parts_have_arrived(metadata, new_sender, order) -> None:
    """
    Not before, since nobody could decode it; and at the latest with the last acknowledgement.
    """
    sender = new_sender()
    block = sender.block()
    parts = parts_of(sender, block)
    for name in order[:2]:
        metadata.commit(**parts[name])
        assert tail_blocks(metadata.reader, "log", {}) == []
    metadata.commit(**parts[order[2]])
    (ref,) = tail_blocks(metadata.reader, "log", {})
    assert (ref.block_id, ref.format, ref.tags) == (block.block_id, "limnograph/v1", ("log",))


def test_an_adopted_block_gets_its_position_when_it_becomes_visible(metadata, new_sender) -> None:
    """
    A table that was built in between does not contain it, so its position must not say so.
    """
    sender = new_sender()
    metadata.commit(blocks=[sender.block()])
    built_up_to = horizon(metadata.reader)
    metadata.send(sender)
    (ref,) = tail_blocks(metadata.reader, "log", {})
    assert ref.position >= built_up_to


def test_an_orphan_is_known_when_it_is_sent_again(metadata, new_sender) -> None:
    """
    A repetition does not become a second orphan.
    """
    sender = new_sender()
    block = sender.block()
    assert metadata.commit(blocks=[block]) == {block.block_id}
    assert metadata.commit(blocks=[block]) == frozenset()
    assert metadata.run(orphan_count) == 1


def test_an_orphan_outlives_the_memory_of_its_id(metadata, new_sender) -> None:
    """
    Sent again after the replay window it is stored once, and fails nobody's batch.
    """
    sender = new_sender()
    block = sender.block()
    metadata.commit(blocks=[block])
    metadata.reader.execute("DELETE FROM block_keys")
    metadata.commit(blocks=[block])
    metadata.send(sender)
    assert len(tail_blocks(metadata.reader, "log", {})) == 1


def test_the_sweep_finds_what_a_crash_left(metadata, new_sender) -> None:
    """
    A receiver may end between a commit and the adoption after it.
    """
    sender = new_sender()
    blocks = [sender.block() for _ in range(10)]
    metadata.commit(blocks=blocks)
    metadata.reader.execute(
        "INSERT INTO processes SELECT %s, '', '', '', '', '', '', 1, 1, 0", (sender.process_id,)
    )
    metadata.reader.execute(
        "INSERT INTO streams VALUES (%s, %s, 'f', '{log}')", (sender.stream_id, sender.process_id)
    )
    assert metadata.run(adopt_all_orphans) == 10
    assert len(tail_blocks(metadata.reader, "log", {})) == 10
    assert metadata.run(adopt_all_orphans) == 0


def test_a_repeated_orphan_is_adopted_before_it_is_acknowledged(metadata, new_sender) -> None:
    """
    Its first answer was lost together with the adoption; the second must be true.
    """
    sender = new_sender()
    block = sender.block()
    metadata.commit(blocks=[block])
    metadata.reader.execute(
        "INSERT INTO processes SELECT %s, '', '', '', '', '', '', 1, 1, 0", (sender.process_id,)
    )
    metadata.reader.execute(
        "INSERT INTO streams VALUES (%s, %s, 'f', '{log}')", (sender.stream_id, sender.process_id)
    )
    assert metadata.send(sender, block) == frozenset()
    assert len(tail_blocks(metadata.reader, "log", {})) == 1


def test_many_orphans_are_adopted_in_bounded_transactions(
    metadata, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    ORPHANS_ADOPTED_PER_CALL_MAX at a time; the acknowledgement still waits for all of them.
    """
    monkeypatch.setattr(adoption, "ORPHANS_ADOPTED_PER_CALL_MAX", 10)
    sender = new_sender()
    metadata.commit(blocks=[sender.block() for _ in range(35)])
    metadata.send(sender)
    refs = tail_blocks(metadata.reader, "log", {})
    assert (len(refs), len({ref.position for ref in refs})) == (35, 4)


def test_whoever_comes_last_sees_the_others_half(metadata, new_sender) -> None:
    """
    Three connections bring process, stream and block at the same time; whichever order the
    transactions take, the block is visible when all three calls have returned.
    """

    async def bring(conn: AsyncConnection, delay: float, records: dict[str, list]) -> None:
        await asyncio.sleep(delay)
        none = {"processes": [], "streams": [], "blocks": []}
        segment = metadata.new_segment() if "blocks" in records else None
        await commit_batch(conn, segment, **(none | records))

    async def rounds() -> None:
        conns = [await AsyncConnection.connect(metadata.url, autocommit=True) for _ in PARTS]
        for conn in conns:
            await prepare_async(conn)
        rng = random.Random(7)
        for number in range(150):
            sender = new_sender()
            parts = parts_of(sender, sender.block())
            await asyncio.gather(
                *(
                    bring(conn, rng.uniform(0, 0.003), parts[name])
                    for conn, name in zip(conns, PARTS, strict=True)
                )
            )
            found = await conns[0].execute("SELECT count(*) FROM blocks")
            assert await found.fetchone() == (number + 1,), f"round {number}"
        for conn in conns:
            await conn.close()

    asyncio.run(rounds())


def test_several_adopters_move_each_orphan_once(metadata, new_sender) -> None:
    """
    Those who adopt at the same time wait for each other; none returns before all is visible.
    """
    sender = new_sender()
    metadata.commit(blocks=[sender.block() for _ in range(300)])
    with metadata.reader.transaction():
        # The sender's process and stream, without the adoption that commit_batch would do.
        metadata.reader.execute(
            "INSERT INTO processes SELECT %s, '', '', '', '', '', '', 1, 1, 0",
            (sender.process_id,),
        )
        metadata.reader.execute(
            "INSERT INTO streams VALUES (%s, %s, 'f', '{log}')",
            (sender.stream_id, sender.process_id),
        )

    async def adopt() -> int:
        async with await AsyncConnection.connect(metadata.url, autocommit=True) as conn:
            moved = await adopt_orphans(conn, stream_ids=[sender.stream_id])
            found = await conn.execute("SELECT count(*) FROM blocks")
            assert await found.fetchone() == (300,)
            return moved

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(adopt() for _ in range(5)))

    assert sum(asyncio.run(all_at_once())) == 300
