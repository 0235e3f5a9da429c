"""assets.storage.metadata.partitions: the day's partition is there when a block needs it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg

from assets.storage.metadata.adoption import orphan_count
from assets.storage.metadata.blocks import tail_blocks
from assets.storage.metadata.partitions import (
    ensure_partitions,
    ensure_partitions_async,
    partition_name,
)


def drop_partitions(conn: psycopg.Connection) -> None:
    """Make it a moment after midnight, with nobody having prepared the day."""
    for (name,) in conn.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'blocks'::regclass"
    ).fetchall():
        conn.execute(f"DROP TABLE {name}")


def test_today_and_tomorrow_are_prepared(metadata) -> None:
    """
    Migration and every sweep look one day ahead, so midnight normally costs nothing.
    """
    drop_partitions(metadata.reader)
    today = datetime.now(UTC).date()
    made = ensure_partitions(metadata.reader)
    assert made[:1] in ([today], [today + timedelta(days=1)])  # midnight may fall in between
    assert len(made) == 2
    assert ensure_partitions(metadata.reader) == []
    assert metadata.run(ensure_partitions_async) == []


def test_a_commit_makes_the_partition_that_it_misses(metadata, new_sender) -> None:
    """
    No request is lost at midnight, even after a week without a sweep.
    """
    drop_partitions(metadata.reader)
    sender = new_sender()
    block = sender.block()
    assert metadata.send(sender, block) == {block.block_id}
    assert len(tail_blocks(metadata.reader, "log", {})) == 1


def test_an_adoption_makes_the_partition_that_it_misses(metadata, new_sender) -> None:
    """
    An orphan of yesterday may be the first block of today.
    """
    sender = new_sender()
    metadata.commit(blocks=[sender.block()])
    drop_partitions(metadata.reader)
    metadata.send(sender)
    assert len(tail_blocks(metadata.reader, "log", {})) == 1
    assert metadata.run(orphan_count) == 0


def test_everyone_may_make_partitions_at_once(metadata, new_sender) -> None:
    """
    At midnight all receivers miss the same partition at the same time.
    """
    drop_partitions(metadata.reader)
    senders = [new_sender() for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        new = threads.map(lambda sender: metadata.send(sender, sender.block()), senders)
    assert sum(len(ids) for ids in new) == 6
    assert len(tail_blocks(metadata.reader, "log", {})) == 6


def test_a_long_read_or_write_does_not_hold_up_a_new_partition(metadata, new_sender) -> None:
    """
    A report that runs over midnight must not stop ingestion, nor be stopped by it.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    tomorrow = partition_name((datetime.now(UTC) + timedelta(days=1)).date())
    metadata.reader.execute(f"ALTER TABLE blocks DETACH PARTITION {tomorrow}")
    metadata.reader.execute(f"DROP TABLE {tomorrow}")
    with (
        psycopg.connect(metadata.url) as reporter,
        psycopg.connect(metadata.url) as writer,
        psycopg.connect(metadata.url, autocommit=True) as maker,
    ):
        reporter.execute("SELECT count(*) FROM blocks")
        writer.execute("UPDATE blocks SET nb_objects = nb_objects")
        maker.execute("SET lock_timeout = '2s'")
        assert len(ensure_partitions(maker)) >= 1


def test_partitions_are_found_by_name_in_any_time_zone(metadata) -> None:
    """
    Days are UTC days, whatever the session's time zone is.
    """
    metadata.reader.execute("SET timezone = 'Pacific/Kiritimati'")
    drop_partitions(metadata.reader)
    made = ensure_partitions(metadata.reader)
    now = asyncio.run(_now(metadata.url))
    assert made[0] in {now.date(), (now - timedelta(minutes=1)).date()}


async def _now(url: str) -> datetime:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        row = await (await conn.execute("SELECT clock_timestamp()")).fetchone()
        assert row is not None
        return row[0].astimezone(UTC)
