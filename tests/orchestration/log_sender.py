"""A sender whose blocks land in chosen hours of insert time, stored as the receiver stores them."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

from psycopg import AsyncConnection, sql

from assets.storage.lake import Lake
from assets.storage.layout import segment_key
from assets.storage.metadata.commit import commit_batch
from assets.storage.metadata.partitions import partition_name
from assets.storage.metadata.records import (
    BlockRecord,
    ProcessRecord,
    SegmentRecord,
    StreamRecord,
)
from assets.storage.metadata.session import prepare_async
from limnograph.wire import build, container
from tests.assets.conftest import encode, site

BEGIN_NS = 1_795_000_000_000_000_000
CLOCK = container.Clock(ticks_per_second=1_000_000_000, origin_ticks=0, origin_unix_ns=BEGIN_NS)


class Sender:
    """One process that sends blocks of one tag, logs as a rule, each in a segment of its own."""

    def __init__(self, lake: Lake, database_url: str, tag: str = "log") -> None:
        self.lake = lake
        self.tag = tag
        self.database_url = database_url
        self.process_id = str(uuid.uuid4())
        self.stream_id = str(uuid.uuid4())

    def send(
        self,
        rows: int,
        *,
        hour: datetime | None = None,
        minute: int = 1,
        payload: bytes | None = None,
    ) -> str:
        """
        Store one block of records, as if it had arrived in *hour*; return its segment's key.
        """
        data = payload or (log_payload(rows) if self.tag == "log" else span_payload(rows))
        segment_id = uuid.uuid4()
        segment = SegmentRecord(segment_id, segment_key(segment_id, datetime.now(UTC)), len(data))
        self.lake.objects.put_new(segment.object_key, data)
        block_id = str(uuid.uuid4())
        block = BlockRecord(
            block_id=block_id,
            process_id=self.process_id,
            stream_id=self.stream_id,
            payload_offset=0,
            payload_size=len(data),
            begin_time_ns=BEGIN_NS,
            end_time_ns=BEGIN_NS + rows,
            begin_ticks=0,
            end_ticks=rows,
            nb_objects=rows,
            object_offset=0,
        )
        asyncio.run(self._commit(segment, block))
        if hour is not None:
            self._arrived_in(hour + timedelta(minutes=minute), block_id)
        return segment.object_key

    async def _commit(self, segment: SegmentRecord, block: BlockRecord) -> None:
        process = ProcessRecord(
            process_id=self.process_id,
            exe="shop",
            username="ada",
            realname="Ada",
            computer="desk",
            distro="linux",
            cpu_brand="cpu",
            tsc_frequency=1_000_000_000,
            start_time_ns=BEGIN_NS,
            start_ticks=0,
            parent_process_id=None,
            properties={},
        )
        stream = StreamRecord(self.stream_id, self.process_id, "limnograph/v1", (self.tag,), {})
        async with await AsyncConnection.connect(self.database_url, autocommit=True) as conn:
            await prepare_async(conn)
            await commit_batch(conn, segment, [process], [stream], [block])

    def _arrived_in(self, time: datetime, block_id: str) -> None:
        day = time.replace(hour=0, minute=0)
        partition = sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} PARTITION OF blocks FOR VALUES FROM ({}) TO ({})"
        ).format(
            sql.Identifier(partition_name(day.date())),
            sql.Literal(day.isoformat()),
            sql.Literal((day + timedelta(days=1)).isoformat()),
        )
        with self.lake.connection() as conn:
            conn.execute(partition)
            conn.execute(
                "UPDATE blocks SET insert_time = %s WHERE block_id = %s",
                (time, block_id),
            )


def log_payload(rows: int) -> bytes:
    """Return a block of *rows* log records, one a nanosecond."""
    columns = [
        build.fixed("time", "int64", [1] * rows),
        build.fixed("site", "uint32", [0] * rows),
        build.fixed("level", "uint8", [4] * rows),
        build.utf8("msg", [f"event {n}" for n in range(rows)]),
    ]
    event = {"name": "event {}", "target": "shop", "file": "shop.py", "line": 1, "unit": ""}
    return container.encode("log", rows, columns, sites=[event], clock=CLOCK)


def span_payload(rows: int) -> bytes:
    """Return a block of *rows* spans, one a nanosecond."""
    spans = [{"begin": n, "duration": 1, "id": n + 1} for n in range(rows)]
    return encode("cpu", spans, CLOCK, [site("work")])
