"""The metadata's half of the invariant: table and tail together are what was acknowledged."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime

import psycopg
import pytest
from psycopg import AsyncConnection

from assets.storage.layout import Slice
from assets.storage.metadata.blocks import (
    SliceCut,
    blocks_in,
    horizon,
    slices_with_blocks,
    tail_blocks,
)
from assets.storage.metadata.commit import commit_batch
from assets.storage.metadata.session import prepare_async

SECONDS = 4


class World:
    """A table that is only a set and a coverage, and everyone who writes or builds, at once."""

    def __init__(self, metadata, new_sender) -> None:
        self.metadata = metadata
        self.new_sender = new_sender
        self.acknowledged: set[str] = set()
        self.table: tuple[frozenset[str], dict[datetime, int]] = (frozenset(), {})
        self.stop = threading.Event()
        self.failures: list[BaseException] = []

    def start(self, work: Callable[[random.Random], None], seed: int) -> threading.Thread:
        def run() -> None:
            try:
                work(random.Random(seed))
            except BaseException as exc:
                self.failures.append(exc)
                self.stop.set()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def write(self, rng: random.Random) -> None:
        """Send blocks, some again, many before their stream or process."""
        asyncio.run(self._write(rng))

    async def _write(self, rng: random.Random) -> None:
        senders = [self.new_sender() for _ in range(3)]
        async with await AsyncConnection.connect(self.metadata.url, autocommit=True) as conn:
            await prepare_async(conn)
            while not self.stop.is_set():
                sender = rng.choice(senders)
                blocks = [sender.block() for _ in range(rng.randrange(1, 4))]
                known = sorted(self.acknowledged.copy())
                again = [sender.block(id_) for id_ in rng.sample(known, min(2, len(known)))]
                streams = [sender.stream()] if rng.random() < 0.3 else []
                processes = [sender.process()] if rng.random() < 0.3 else []
                segment = self.metadata.new_segment()
                await commit_batch(conn, segment, processes, streams, [*blocks, *again])
                if streams and processes:
                    self.acknowledged.update(block.block_id for block in blocks)
                await asyncio.sleep(rng.uniform(0, 0.004))

    def hold_open(self, rng: random.Random) -> None:
        """Keep write transactions open, which holds the horizon back."""
        while not self.stop.is_set():
            with psycopg.connect(self.metadata.url) as conn:
                conn.execute("INSERT INTO segments VALUES (gen_random_uuid(), 'k', 1)")
                time.sleep(rng.uniform(0, 0.05))

    def materialize(self, _: random.Random) -> None:
        """Add what is settled to the table, again and again."""
        with psycopg.connect(self.metadata.url, autocommit=True) as conn:
            while not self.stop.is_set():
                rows, coverage = self.table
                until = horizon(conn)
                starts = [part.slice.start for part in slices_with_blocks(conn, "log")]
                cuts = [SliceCut(Slice(start), coverage.get(start, 0), until) for start in starts]
                added = {ref.block_id for ref in blocks_in(conn, "log", cuts)}
                assert not rows & added, "a block was in the table already"
                self.table = (rows | added, coverage | dict.fromkeys(starts, until))

    def query(self) -> None:
        """Pin the table, then read the tail: together they are what was acknowledged, once."""
        before = self.acknowledged.copy()
        rows, coverage = self.table
        refs = tail_blocks(self.metadata.reader, "log", coverage)
        tail = {ref.block_id for ref in refs}
        assert len(tail) == len(refs), "twice in the tail"
        assert not rows & tail, "in the table and in the tail"
        assert before <= rows | tail, "an acknowledged block is missing"


@pytest.mark.parametrize("seed", [1, 2])
def test_every_acknowledged_block_is_seen_exactly_once(metadata, new_sender, seed: int) -> None:
    """
    Writers with duplicates and orphans, slow transactions, a materializer and a reader: all at
    once, on real connections.
    """
    world = World(metadata, new_sender)
    writers = [world.start(world.write, seed * 100 + number) for number in range(3)]
    others = [world.start(world.hold_open, seed), world.start(world.materialize, seed)]
    deadline = time.monotonic() + SECONDS
    queries = 0
    while time.monotonic() < deadline and not world.stop.is_set():
        world.query()
        queries += 1
    world.stop.set()
    for thread in [*writers, *others]:
        thread.join()
    assert not world.failures, world.failures
    world.query()
    assert min(queries, len(world.acknowledged), len(world.table[0])) > 10
