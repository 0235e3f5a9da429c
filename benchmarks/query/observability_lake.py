"""
A day of a web shop's telemetry in a real lake: sent through the receiver, then materialized.

Everything is sent within minutes, so the blocks' insert times are set back to when their events
ended, as if they had arrived all day: only then do the tables have a slice for each hour. The lake
is kept in the temporary folder of the machine and used again by the next run of the same size.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import psycopg

from assets.materialize import ensure_materialized, materialize
from assets.storage.lake import Lake, open_lake
from assets.storage.metadata.migrate import migrate
from assets.storage.metadata.partitions import partition_name
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS, view_named
from benchmarks.scratch_lake import ScratchLake
from benchmarks.shop_traffic import Application, log_payload, metrics_payload, spans_payload
from limnograph.wire.envelope import CONTENT_TYPE
from stack.postgres import EmbeddedPostgres

APPLICATIONS = 12
HOURS = 24
ROWS_PER_BLOCK = 1_000
ARRIVES_AFTER = "interval '2 seconds'"


@dataclass(frozen=True, slots=True)
class Day:
    """The lake, opened, and where it is; when its day begins, and its processes."""

    lake: Lake
    settings: LakeSettings
    begin_ns: int
    process_ids: tuple[str, ...]


@contextmanager
def day_of_telemetry(rows: int) -> Iterator[Day]:
    """Open the lake with *rows* log records, as many measures and a quarter of that in spans."""
    folder = Path(tempfile.gettempdir()) / "limnograph-bench" / f"observability-{rows}"
    done = folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    with EmbeddedPostgres(folder / "postgres") as server:
        url = server.ensure_database("limnograph")
        migrate(url)
        settings = LakeSettings(database_url=url, root_uri=(folder / "lake").as_uri())
        assert server.pid is not None, "it has just been started"
        if not done.exists():
            send(ScratchLake(folder, settings, psutil.Process(server.pid)), rows)
            set_back(url)
            with open_lake(settings) as lake:
                build_tables(lake)
            done.touch()
        with open_lake(settings) as lake:
            yield Day(lake, settings, *facts(url))


def send(lake: ScratchLake, rows: int) -> None:
    """Send the day's blocks through the receiver."""
    hour_ns = 3600 * 1_000_000_000
    begin_ns = (time.time_ns() // hour_ns - HOURS) * hour_ns
    blocks = max(1, rows // ROWS_PER_BLOCK // APPLICATIONS)
    span_s = HOURS * 3600 / blocks
    with lake.ingest() as service, httpx.Client(base_url=service.url, timeout=60) as client:
        for at in range(APPLICATIONS):
            application = Application()
            for n in range(blocks):
                seed = at * blocks + n
                where = {"begin_ns": begin_ns + int(n * span_s * 1e9), "span_s": span_s}
                payloads = [
                    log_payload(ROWS_PER_BLOCK, seed, **where),
                    metrics_payload(ROWS_PER_BLOCK, seed, **where),
                    spans_payload(ROWS_PER_BLOCK // 4, seed, **where),
                ]
                body = application.request(payloads)
                headers = {"Content-Type": CONTENT_TYPE}
                client.post("/v1/blocks", content=body, headers=headers).raise_for_status()


def set_back(database_url: str) -> None:
    """Let the blocks have arrived two seconds after their events ended."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        days = connection.execute(
            "SELECT DISTINCT (to_timestamp(end_time_ns / 1e9) AT TIME ZONE 'UTC')::date FROM blocks"
        ).fetchall()
        for (day,) in days:
            start = datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {partition_name(day)} PARTITION OF blocks"
                f" FOR VALUES FROM ('{start}') TO ('{start}'::timestamptz + interval '1 day')"
            )
        connection.execute(
            "UPDATE blocks SET insert_time ="
            f" to_timestamp(end_time_ns / 1e9) + {ARRIVES_AFTER} WHERE end_time_ns > 0"
        )


def build_tables(lake: Lake) -> None:
    """Materialize what the questions read: every view of all processes, and all spans."""
    tables = TableCache()
    for view in VIEWS:
        if view.scope == "global":
            materialize(lake, view, tables)
    with lake.connection() as connection:
        found = connection.execute("SELECT process_id::text FROM processes").fetchall()
    for (process_id,) in found:
        ensure_materialized(lake, view_named("thread_spans"), tables, process_id, tail_bytes_max=0)


def facts(database_url: str) -> tuple[int, tuple[str, ...]]:
    """Return when the day begins, and the processes in order."""
    with psycopg.connect(database_url) as connection:
        begin = connection.execute("SELECT min(begin_time_ns) FROM blocks").fetchone()
        found = connection.execute("SELECT process_id::text FROM processes ORDER BY 1").fetchall()
    assert begin is not None, "an aggregate has a row"
    return int(begin[0]), tuple(process_id for (process_id,) in found)
