"""What the tests of the metadata share: a sender's records, and a way to commit them."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection

from assets.storage.metadata.commit import commit_batch
from assets.storage.metadata.records import (
    BlockRecord,
    ProcessRecord,
    SegmentRecord,
    StreamRecord,
)
from assets.storage.metadata.session import prepare, prepare_async


@dataclass
class Sender:
    """One process with one stream, and the records that it sends."""

    tag: str = "log"
    process_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    stream_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def process(self) -> ProcessRecord:
        return ProcessRecord(
            process_id=self.process_id,
            exe="shop",
            username="ada",
            realname="Ada",
            computer="desk",
            distro="linux",
            cpu_brand="cpu",
            tsc_frequency=1_000_000_000,
            start_time_ns=1_000,
            start_ticks=0,
            parent_process_id=None,
            properties={"env": "test"},
        )

    def stream(self) -> StreamRecord:
        return StreamRecord(
            stream_id=self.stream_id,
            process_id=self.process_id,
            format="limnograph/v1",
            tags=(self.tag,),
            properties={"thread-name": "main"},
        )

    def block(self, block_id: str | None = None, *, begin_ns: int = 10) -> BlockRecord:
        return BlockRecord(
            block_id=block_id or str(uuid.uuid4()),
            process_id=self.process_id,
            stream_id=self.stream_id,
            payload_offset=8,
            payload_size=100,
            begin_time_ns=begin_ns,
            end_time_ns=begin_ns + 10,
            begin_ticks=0,
            end_ticks=10,
            nb_objects=3,
            object_offset=0,
        )


class Metadata:
    """A migrated database, committed to as the receiver does, and read as everyone else does."""

    def __init__(self, database_url: str, reader: Connection) -> None:
        self.url = database_url
        self.reader = reader

    @staticmethod
    def new_segment() -> SegmentRecord:
        """Return a segment with a fresh id; nothing here reads its object."""
        segment_id = uuid.uuid4()
        return SegmentRecord(segment_id, f"segments/2026/11/22/17/{segment_id}.seg", 1_000)

    def run(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, Any]]) -> Any:
        """Run *work* with a writer's connection."""

        async def connected() -> Any:
            async with await AsyncConnection.connect(self.url, autocommit=True) as conn:
                await prepare_async(conn)
                return await work(conn)

        return asyncio.run(connected())

    def commit(
        self,
        processes: Sequence[ProcessRecord] = (),
        streams: Sequence[StreamRecord] = (),
        blocks: Sequence[BlockRecord] = (),
    ) -> frozenset[str]:
        """Commit one batch; returns the new block ids."""
        return self.run(
            lambda conn: commit_batch(
                conn, self.new_segment() if blocks else None, processes, streams, blocks
            )
        )

    def let_hours_pass(self, hours: int) -> None:
        """Move every block, and what is known of past hours, into the past."""
        for (table,) in self.reader.execute(
            "SELECT DISTINCT date_trunc('day', insert_time - %s * interval '1 hour', 'UTC')::text"
            " FROM blocks",
            (hours,),
        ).fetchall():
            day = table[:10]
            self.reader.execute(
                f"CREATE TABLE IF NOT EXISTS blocks_{day.replace('-', '')} PARTITION OF blocks"
                f" FOR VALUES FROM ('{day} 00:00Z') TO (timestamptz '{day} 00:00Z' + '1 day')"
            )
        self.reader.execute(
            "UPDATE blocks SET insert_time = insert_time - %s * interval '1 hour'", (hours,)
        )

    def send(self, sender: Sender, *blocks: BlockRecord) -> frozenset[str]:
        """Commit blocks together with their process and stream."""
        return self.commit([sender.process()], [sender.stream()], blocks)


@pytest.fixture
def metadata(database_url: str) -> Iterator[Metadata]:
    """Return a fresh metadata database with a reader's connection."""
    with psycopg.connect(database_url, autocommit=True) as reader:
        prepare(reader)
        yield Metadata(database_url, reader)


@pytest.fixture
def new_sender() -> type[Sender]:
    """Return the class of senders; tests cannot import from here."""
    return Sender
