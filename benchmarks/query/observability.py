"""
The observability suite: the real service on a real lake, its peers on the tables' files.

Ours reads the Delta log and looks for a tail in Postgres at every query, which the others cannot.
The processes are rows of Postgres for us, a file made of them for the others.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from assets.materialize import DecodedCache
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from benchmarks.query.engines import asking, datafusion_over, duckdb_over, workers
from benchmarks.query.observability_lake import Day, day_of_telemetry
from benchmarks.query.observability_questions import QUESTIONS
from benchmarks.query.suite import Ask, Engine, Suite
from query_engine.callers import EVERYBODY
from query_engine.cancel import CancelToken
from query_engine.doors import lake_service
from query_engine.metrics import QueryMetrics
from query_engine.settings import QuerySettings
from query_engine.sql import plan
from query_engine.tables.catalog import LakeTables
from query_engine.tables.session import LakeCaches
from query_engine.workers.scratch import Scratch

VIEWS = ("log_entries", "measures", "thread_spans")
HOUR_NS = 3600 * 1_000_000_000
HOUR_ASKED = 17
PROPERTIES = ("route", "status", "request_id")


@contextmanager
def suite(rows: int) -> Iterator[Suite]:
    """Open the lake with so many log records and yield the suite over it."""
    with day_of_telemetry(rows) as day:
        tables = TableCache()
        snapshots = {
            name: tables.snapshot(day.lake, table_spec(view_named(name))) for name in VIEWS
        }
        files = {name: list(snapshot.files["path"]) for name, snapshot in snapshots.items()}
        roots = {name: day.lake.table_uri(name) for name in VIEWS}
        roots["processes"] = str(processes(day))
        files["processes"] = [str(path) for path in Path(roots["processes"]).glob("*.parquet")]
        yield Suite(
            name="observability",
            questions=QUESTIONS,
            engines={
                "limnograph": lambda: limnograph(day),
                "duckdb": lambda: duckdb_over(files),
                "datafusion": lambda: datafusion_over(roots),
            },
            rows={name: int(s.files["num_records"].sum()) for name, s in snapshots.items()},
            plan=partial(planned, tables_of(day)),
            words={engine: words(engine, day) for engine in ("limnograph", "duckdb", "datafusion")},
        )


@contextmanager
def limnograph(day: Day) -> Iterator[Ask]:
    """Open our service with caches of its own."""
    service, _ = lake_service(day.lake, QuerySettings(), workers())
    try:
        yield asking(service)
    finally:
        service.close(1.0)


def tables_of(day: Day) -> LakeTables:
    """Return the lake's tables with caches of their own."""
    return LakeTables(LakeCaches(day.lake, TableCache(), DecodedCache(0), QueryMetrics()))


def planned(tables: LakeTables, text: str) -> bytes:
    """Plan a query as the service does, the looking for new files and for a tail included."""
    scratch = Scratch(Path(tempfile.gettempdir()))
    with tables.open(None, CancelToken(60), scratch, reader=EVERYBODY) as catalog:
        return plan(text, catalog, now_ns=time.time_ns()).serialize()


def processes(day: Day) -> Path:
    """Write the processes as the others can read them; returns the Delta table."""
    path = Path(day.lake.table_uri("processes").removeprefix("file://")).parent / "peers-processes"
    if not path.exists():
        with limnograph(day) as ask:
            rows = ask("SELECT process_id, exe, computer, username FROM processes")
        names = rows.schema.names
        write_deltalake(str(path), rows.cast(pa.schema([(name, pa.string()) for name in names])))
    return path


def words(engine: Engine, day: Day) -> Mapping[str, str]:
    """Return how *engine* says what the questions leave open."""
    process = day.process_ids[len(day.process_ids) // 2]
    ours = engine == "limnograph"
    get = "property_get(properties, '{}')" if ours else "properties['{}']"
    begin_ns = day.begin_ns // HOUR_NS * HOUR_NS + HOUR_ASKED * HOUR_NS
    return {name: get.format(name) for name in PROPERTIES} | {
        "process": process,
        "spans": f"process_spans('{process}', 'thread')"
        if ours
        else f"(SELECT * FROM thread_spans WHERE process_id = '{process}')",
        "hour": timestamp(begin_ns),
        "hour_end": timestamp(begin_ns + HOUR_NS),
    }


def timestamp(unix_ns: int) -> str:
    """Return a whole second as a literal of SQL."""
    moment = datetime.fromtimestamp(unix_ns // 1_000_000_000, UTC)
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'"
