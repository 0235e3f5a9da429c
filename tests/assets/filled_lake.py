"""A lake that tests write to as the receiver does, and read as a query does."""

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import polars as pl
import psycopg
import pytest
from psycopg import AsyncConnection

from assets.materialize import BUILT_BY, DecodedCache, counted, read_tail
from assets.storage.lake import Lake
from assets.storage.layout import Slice, segment_key
from assets.storage.metadata.commit import commit_batch
from assets.storage.metadata.partitions import ensure_partitions
from assets.storage.metadata.records import (
    BlockRecord,
    ProcessRecord,
    SegmentRecord,
    StreamRecord,
)
from assets.storage.metadata.session import prepare_async
from assets.storage.segment import FIRST_PAYLOAD_OFFSET, SegmentIndex, encode_segment
from assets.storage.tables import TableCache
from assets.views.generation import generation_of
from assets.views.physical import from_storage, table_spec
from assets.views.reading import reading_of
from assets.views.view import View

SHIFTED_CLOCK = """
CREATE OR REPLACE FUNCTION arrival_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp()
           + coalesce(nullif(current_setting('test.shift', true), ''), '0')::interval
$$
"""

SET_SHIFT = "SELECT set_config('test.shift', %s, false)"


@dataclass
class Sender:
    """A process with one stream of one tag."""

    tag: str = "log"
    process_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    stream_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    format: str = "limnograph/v1"
    stream_properties: dict[str, str] = field(default_factory=dict)
    process_properties: dict[str, str] = field(
        default_factory=lambda: {"env": "test", "größe": "ü"}
    )

    def records(self) -> tuple[ProcessRecord, StreamRecord]:
        process = ProcessRecord(
            process_id=self.process_id,
            exe="shop",
            username="ada",
            realname="Ada",
            computer="desk",
            distro="linux",
            cpu_brand="cpu",
            tsc_frequency=1_000_000_000,
            start_time_ns=1_760_000_000_000_000_001,
            start_ticks=0,
            parent_process_id=None,
            properties=self.process_properties,
        )
        stream = StreamRecord(
            stream_id=self.stream_id,
            process_id=self.process_id,
            format=self.format,
            tags=(self.tag,),
            properties=self.stream_properties,
        )
        return process, stream


class OpenBatch:
    """A batch whose transaction is still open; other sessions do not see its blocks."""

    def __init__(self, lake: "LakeUnderTest", conn: Any, transaction: Any) -> None:
        self._lake, self._conn, self._transaction = lake, conn, transaction
        lake.open.append(self)

    def commit(self) -> None:
        self._finish(None)

    def rollback(self) -> None:
        self._finish(psycopg.Rollback())

    def _finish(self, error: BaseException | None) -> None:
        async def finish() -> None:
            await self._transaction.__aexit__(type(error) if error else None, error, None)
            await self._conn.close()

        self._lake.open.remove(self)
        self._lake.loop.run_until_complete(finish())


class LakeUnderTest:
    """Writes blocks through the real commit, and reads views as snapshot plus tail."""

    def __init__(self, lake: Lake, database_url: str, make_block: Callable[..., Any]) -> None:
        self.lake, self.url, self.make_block = lake, database_url, make_block
        self.tables, self.cache = TableCache(), DecodedCache()
        self.loop = asyncio.new_event_loop()
        self.open: list[OpenBatch] = []
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute(SHIFTED_CLOCK)

    def begin(
        self,
        sender: Sender,
        batches: Sequence[Any],
        *,
        shift: timedelta = timedelta(0),
        payloads: Sequence[bytes] | None = None,
        block_ids: Sequence[str] | None = None,
    ) -> OpenBatch:
        """
        Store one block per batch in one segment; its transaction stays open.

        A batch is rows, or a block that was made already.
        """
        made = [
            batch if hasattr(batch, "ref") else self.make_block(sender.tag, batch)
            for batch in batches
        ]
        stored = list(payloads) if payloads else [block.payload for block in made]
        ids = list(block_ids) if block_ids else [block.ref.block_id for block in made]
        blocks, offset = [], FIRST_PAYLOAD_OFFSET
        for block, payload, id_ in zip(made, stored, ids, strict=True):
            blocks.append(
                BlockRecord(
                    block_id=id_,
                    process_id=sender.process_id,
                    stream_id=sender.stream_id,
                    payload_offset=offset,
                    payload_size=len(payload),
                    begin_time_ns=block.ref.begin_time_ns,
                    end_time_ns=block.ref.end_time_ns,
                    begin_ticks=0,
                    end_ticks=1000,
                    nb_objects=block.ref.nb_objects,
                    object_offset=block.ref.object_offset,
                )
            )
            offset += len(payload)
        process, stream = sender.records()
        data = encode_segment(SegmentIndex((process,), (stream,), tuple(blocks)), stored)
        segment_id = uuid.uuid4()
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(SET_SHIFT, (str(shift),))
            ensure_partitions(conn)
            now = conn.execute("SELECT clock_timestamp()").fetchone()[0]
        segment = SegmentRecord(segment_id, segment_key(segment_id, now), len(data))
        self.lake.objects.put_new(segment.object_key, data)

        async def start() -> tuple[AsyncConnection, Any]:
            conn = await AsyncConnection.connect(self.url, autocommit=True)
            await prepare_async(conn)
            await conn.execute(SET_SHIFT, (str(shift),))
            transaction = conn.transaction()
            await transaction.__aenter__()
            await commit_batch(conn, segment, [process], [stream], blocks)
            return conn, transaction

        return OpenBatch(self, *self.loop.run_until_complete(start()))

    def write(self, sender: Sender, *batches: Any, **how: Any) -> None:
        """Store one block per batch of rows, acknowledged."""
        self.begin(sender, batches, **how).commit()

    def read(self, view: View, **where: Any) -> pl.DataFrame:
        """Return the view as a query sees it: pinned snapshot first, then the tail, merged."""
        snapshot = self.tables.snapshot(self.lake, table_spec(view))
        files = counted(view, snapshot, self.lake.connection).files
        frames = [read_tail(self.lake, view, snapshot, cache=self.cache, **where)]
        built_by = files.get_column(BUILT_BY, default=None)
        for generation in [generation_of(view)] if built_by is None else set(built_by):
            part = files if built_by is None else files.filter(built_by == generation)
            if part.is_empty():
                continue
            reading = reading_of(view, snapshot, generation)
            partitions = {n: pl.String() for n in snapshot.spec.partition_by}
            stored = pl.scan_parquet(
                part["path"].to_list(),
                schema={**reading.stored, **partitions},
                hive_partitioning=True,
                hive_schema=partitions,
                missing_columns="insert",
                extra_columns="ignore",
            ).select(reading.rows)
            if "process_id" in where:
                stored = stored.filter(process_id=where["process_id"])
            frames.append(stored)
        rows = pl.concat(frames)
        return (view.merge(rows) if view.merge else rows).collect()

    def stored(self, view: View) -> pl.DataFrame:
        """Return what the Delta table alone holds."""
        files = TableCache().snapshot(self.lake, table_spec(view)).files["path"].to_list()
        if not files:
            return view.schema.to_frame()
        frames = [pl.scan_parquet(file, hive_partitioning=True) for file in files]
        return from_storage(pl.concat(frames, how="diagonal"), view).collect()

    def slices(self, view: View) -> list[Slice]:
        """Return the slices of the table, whoever built them."""
        return sorted(self.tables.snapshot(self.lake, table_spec(view)).owned())

    def covered(self, view: View) -> dict[Any, int]:
        """Return the table's coverage by slice."""
        snapshot = self.tables.snapshot(self.lake, table_spec(view))
        return dict(snapshot.covered(generation_of(view)))


@contextmanager
def under_test(
    lake: Lake, database_url: str, make_block: Callable[..., Any]
) -> Iterator[LakeUnderTest]:
    """Write to a lake; what is open at the end is rolled back."""
    opened = LakeUnderTest(lake, database_url, make_block)
    yield opened
    for batch in list(opened.open):
        batch.rollback()
    opened.loop.close()


@pytest.fixture
def filled(
    lake: Lake, database_url: str, make_block: Callable[..., Any]
) -> Iterator[LakeUnderTest]:
    """Return an empty lake with its writer and its reader."""
    with under_test(lake, database_url, make_block) as opened:
        yield opened


@pytest.fixture
def new_sender() -> type[Sender]:
    """Return the class of senders; tests cannot import from here."""
    return Sender
