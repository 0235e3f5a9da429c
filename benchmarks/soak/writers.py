"""
Transactions that store blocks and stay open as long as the test likes.

Each runs the product's ``commit_batch`` inside a transaction of its own, on one asyncio loop in a
thread, so that writers which wait for one another (the same block sent twice) make progress.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Thread
from typing import Any, TypeVar
from uuid import uuid4

from psycopg import AsyncConnection, Rollback

from assets.storage.layout import segment_key
from assets.storage.metadata.commit import commit_batch
from assets.storage.metadata.records import (
    BlockRecord,
    ProcessRecord,
    SegmentRecord,
    StreamRecord,
)
from assets.storage.metadata.session import prepare_async
from assets.storage.objects import ObjectStore
from benchmarks.soak.sender import MadeBlock, Sender

T = TypeVar("T")

STEP_TIMEOUT_S = 60.0
"""A step that takes longer is stuck: the test fails instead of waiting for ever."""


class Writers:
    """Opens and ends writers of one lake; ``close`` when done."""

    def __init__(self, database_url: str, objects: ObjectStore) -> None:
        self._database_url = database_url
        self._objects = objects
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def open(self, sender: Sender, blocks: Sequence[MadeBlock]) -> "OpenWriter":
        """Return a writer that has stored the blocks in a transaction nobody can see yet."""
        writer = self.start(sender, blocks)
        self._wait(writer.stored())
        return writer

    def start(self, sender: Sender, blocks: Sequence[MadeBlock]) -> "OpenWriter":
        """Return a writer that stores the blocks as soon as nobody it waits for is in its way."""
        return OpenWriter(self, sender, tuple(blocks))

    def commit_now(self, sender: Sender, blocks: Sequence[MadeBlock], *, streams: bool) -> None:
        """Store and commit in one go, with or without registering the process and its streams."""
        self._wait(self._commit_now(sender, blocks, streams=streams))

    def close(self) -> None:
        """Stop the loop; every writer has ended."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STEP_TIMEOUT_S)
        self._loop.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.submit(work).result(STEP_TIMEOUT_S)

    async def connection(self) -> AsyncConnection:
        """Return a new session as the receiver prepares it."""
        conn = await AsyncConnection.connect(self._database_url, autocommit=True)
        await prepare_async(conn)
        return conn

    async def _commit_now(
        self, sender: Sender, blocks: Sequence[MadeBlock], *, streams: bool
    ) -> None:
        async with await self.connection() as conn:
            await self.store(conn, sender, blocks, streams=streams)

    async def store(
        self,
        conn: AsyncConnection,
        sender: Sender,
        blocks: Sequence[MadeBlock],
        *,
        streams: bool = True,
    ) -> None:
        """Put the segment and call the product's ``commit_batch``."""
        segment, records = await asyncio.to_thread(put_segment, self._objects, blocks)
        processes = [ProcessRecord(**asdict(sender.process))] if streams else []
        known = [StreamRecord(**asdict(s)) for s in sender.streams.values()] if streams else []
        await commit_batch(conn, segment, processes, known, records)


class OpenWriter:
    """One transaction with blocks in it; end it with ``commit`` or ``roll_back``."""

    def __init__(self, writers: Writers, sender: Sender, blocks: tuple[MadeBlock, ...]) -> None:
        self.blocks = blocks
        self._writers = writers
        self._stored = asyncio.Event()
        self._decided = asyncio.Event()
        self._keep = True
        self._task = writers.submit(self._run(sender))

    async def stored(self) -> None:
        """Return when the blocks are in the transaction (or it has failed)."""
        await self._stored.wait()

    def end(self, *, keep: bool) -> None:
        """Commit or roll back; returns when that is done."""
        self._keep = keep
        self._writers.submit(self._decide()).result(STEP_TIMEOUT_S)
        self._task.result(STEP_TIMEOUT_S)

    async def _decide(self) -> None:
        self._decided.set()

    async def _run(self, sender: Sender) -> None:
        try:
            async with await self._writers.connection() as conn, conn.transaction():
                await self._writers.store(conn, sender, self.blocks)
                self._stored.set()
                await self._decided.wait()
                if not self._keep:
                    raise Rollback
        finally:
            self._stored.set()


def put_segment(
    objects: ObjectStore, blocks: Sequence[MadeBlock]
) -> tuple[SegmentRecord, list[BlockRecord]]:
    """Write the payloads as one object and return its row and theirs."""
    segment_id = uuid4()
    key = segment_key(segment_id, datetime.now(UTC))
    data = b"".join(block.payload for block in blocks)
    objects.put_new(key, data)
    records, offset = [], 0
    for block in blocks:
        records.append(BlockRecord(**asdict(block.header), payload_offset=offset))
        offset += block.header.payload_size
    return SegmentRecord(segment_id, key, len(data)), records
