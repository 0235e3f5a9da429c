"""A lake that is uploaded to, and the tables that make up a process with one block of log."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import psycopg
import pyarrow as pa
import pytest

from assets.storage.bulk import BulkStore
from assets.storage.lake import Lake
from query_engine.doors import lake_service
from query_engine.ingest.uploads import Uploads
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.workers.pool import WorkerPool
from tests.assets.conftest import make_block
from tests.assets.materialize.conftest import filled, new_sender

__all__ = ["filled", "make_block", "new_sender"]

NS = pa.timestamp("ns", "UTC")
TAGS = pa.list_(pa.utf8())


@dataclass
class Told:
    """A process with a stream and a block, as the four tables that are uploaded."""

    payload: bytes
    begin_ns: int
    process_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    stream_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    block_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def table(self, name: str) -> pa.Table:
        """Return one of the four."""
        made: pa.Table = getattr(self, name)
        return made

    @property
    def processes(self) -> pa.Table:
        return pa.table(
            {
                "process_id": [self.process_id],
                "exe": ["shop"],
                "username": ["ada"],
                "realname": ["Ada"],
                "computer": ["desk"],
                "distro": ["linux"],
                "cpu_brand": ["cpu"],
                "tsc_frequency": [1_000_000_000],
                "start_time": pa.array([self.begin_ns], NS),
                "start_ticks": [0],
                "parent_process_id": [""],
                "properties": pa.array([[("env", "test")]], pa.map_(pa.utf8(), pa.utf8())),
            }
        )

    @property
    def streams(self) -> pa.Table:
        return pa.table(
            {
                "stream_id": [self.stream_id],
                "process_id": [self.process_id],
                "format": ["limnograph/v1"],
                "tags": pa.array([["log"]], TAGS),
            }
        )

    @property
    def blocks(self) -> pa.Table:
        return pa.table(
            {
                "block_id": [self.block_id],
                "stream_id": [self.stream_id],
                "process_id": [self.process_id],
                "begin_time": pa.array([self.begin_ns], NS),
                "begin_ticks": [0],
                "end_time": pa.array([self.begin_ns + 1000], NS),
                "end_ticks": [1000],
                "nb_objects": pa.array([2], pa.int32()),
                "object_offset": [0],
                "payload_size": [len(self.payload)],
            }
        )

    @property
    def payloads(self) -> pa.Table:
        return pa.table(
            {
                "process_id": [self.process_id],
                "stream_id": [self.stream_id],
                "block_id": [self.block_id],
                "payload": pa.array([self.payload], pa.binary()),
            }
        )


@dataclass
class Uploading:
    """A lake, what takes uploads to it, and a query service over it."""

    lake: Lake
    uploads: Uploads
    service: QueryService
    database_url: str

    def take(self, name: str, table: pa.Table) -> int:
        """Upload a table."""
        return self.uploads.take(name, table.schema, table.to_batches(), lambda: False)

    def rows(self, sql: str) -> pl.DataFrame:
        """Return the result of a query."""
        stream = self.service.query(sql)
        frame = pl.from_arrow(pa.Table.from_batches(list(stream.batches), stream.schema))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def messages(self) -> list[str]:
        """Return what log_entries has."""
        return self.rows("SELECT msg FROM log_entries ORDER BY time")["msg"].to_list()

    def count(self, table: str) -> int:
        """Return the rows of a table of the metadata."""
        with psycopg.connect(self.database_url) as conn:
            row = conn.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])

    def objects(self, prefix: str) -> list[str]:
        """Return the keys of objects."""
        return sorted(info.key for info in self.lake.objects.list(prefix))


@pytest.fixture
def uploading(filled: Any, workers: WorkerPool) -> Iterator[Uploading]:
    """Return an empty lake that takes uploads."""
    settings = QuerySettings(http_port=0, flight_port=0)
    service, _ = lake_service(filled.lake, settings, workers)
    with contextlib.closing(_Closing(service)):
        uploads = Uploads(
            BulkStore(filled.lake), QueryMetrics(), admin=True, check_open=service.check_open
        )
        yield Uploading(filled.lake, uploads, service, filled.url)


class _Closing:
    def __init__(self, service: QueryService) -> None:
        self._service = service

    def close(self) -> None:
        self._service.close(0)


@pytest.fixture
def told(make_block: Callable[..., Any]) -> Told:
    """Return the tables of one process that has logged two lines."""
    block = make_block("log", [{"time": 5, "msg": "one"}, {"time": 7, "msg": "two"}])
    return Told(block.payload, block.ref.begin_time_ns)
