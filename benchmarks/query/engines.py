"""The three engines over Delta tables on local disk, each opened with empty caches."""

import atexit
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import datafusion
import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from benchmarks.query.suite import Ask, Engine, Fresh
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService, pool_options
from query_engine.settings import QuerySettings
from query_engine.sql import plan
from query_engine.tables.foreign import ForeignCatalog, ForeignTables, open_foreign
from query_engine.workers.pool import WorkerPool

PEERS: Mapping[Engine, str] = {
    "duckdb": f"DuckDB {duckdb.__version__}",
    "datafusion": f"DataFusion {datafusion.__version__}",
}


def engines_over(tables: Mapping[str, Path]) -> Mapping[Engine, Fresh]:
    """Return all three engines over the Delta tables at these paths."""
    return {
        "limnograph": lambda: limnograph(tables),
        "duckdb": lambda: duckdb_over({n: DeltaTable(p).file_uris() for n, p in tables.items()}),
        "datafusion": lambda: datafusion_over({n: str(p) for n, p in tables.items()}),
    }


@contextmanager
def limnograph(tables: Mapping[str, Path]) -> Iterator[Ask]:
    """Open our query service over foreign tables."""
    opened = {name: open_foreign(name, str(path)) for name, path in tables.items()}
    service = QueryService(ForeignTables(opened), QuerySettings(), QueryMetrics(), workers())
    try:
        yield asking(service)
    finally:
        service.close(1.0)


def planning(tables: Mapping[str, Path]) -> Callable[[str], object]:
    """Return our front end over foreign tables."""
    opened = ForeignCatalog({name: open_foreign(name, str(path)) for name, path in tables.items()})
    return lambda text: plan(text, opened, now_ns=time.time_ns()).serialize()


@cache
def workers() -> WorkerPool:
    """Return the worker processes that all our engines share, as a service keeps them ready."""
    pool = WorkerPool(pool_options(QuerySettings()))
    atexit.register(pool.close)
    return pool


def asking(service: QueryService) -> Ask:
    """Return how a service is asked: from SQL text to Arrow batches, as its doors do."""

    def ask(text: str) -> pa.Table:
        stream = service.query(text)
        return pa.Table.from_batches(stream.batches, schema=stream.schema)

    return ask


@contextmanager
def duckdb_over(files: Mapping[str, list[str]]) -> Iterator[Ask]:
    """Open DuckDB over the live files, as its delta extension would read them."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, paths in files.items():
            hive = any("=" in path for path in paths)
            connection.execute(
                f"CREATE VIEW {name} AS"
                f" SELECT * FROM read_parquet({paths}, hive_partitioning={hive})"
            )
        yield lambda text: connection.sql(text).to_arrow_table()


@contextmanager
def datafusion_over(uris: Mapping[str, str]) -> Iterator[Ask]:
    """Open DataFusion over the Delta tables, as an embedding engineer would."""
    context = datafusion.SessionContext()
    for name, uri in uris.items():
        context.register_table(name, DeltaTable(uri))
    yield lambda text: pa.Table.from_batches(
        (frame := context.sql(text)).collect(), schema=frame.schema()
    )
