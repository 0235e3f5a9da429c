"""A query service over tables that live in memory, for everything that needs no lake."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from polars.io.plugins import register_io_source

from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.memory import MemoryTables
from query_engine.workers.pool import WorkerPool


class Gate:
    """Something that rows in another process wait for: a file that is there once it is open."""

    def __init__(self, path: Path) -> None:
        def wait() -> None:
            while not path.exists():
                time.sleep(0.01)

        self._path = path
        self.wait = wait

    def set(self) -> None:
        """Open it."""
        self._path.touch()


def _slow_rows(batches: int, rows: int, wait: Callable[[], object]) -> pl.LazyFrame:
    def source(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        for number in range(batches):
            wait()
            yield pl.DataFrame({"n": pl.Series([number] * rows, dtype=pl.Int64)})

    return register_io_source(source, schema=pl.Schema({"n": pl.Int64()}))


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Return a closed gate."""
    return Gate(tmp_path / "open")


@pytest.fixture
def slow_rows() -> Callable[[int, int, Callable[[], object]], pl.LazyFrame]:
    """Make a frame of so many batches of so many rows that calls a function before each batch."""
    return _slow_rows


@pytest.fixture
def memory_tables() -> MemoryTables:
    """Return a few tables: small, empty, failing on a value, and two million rows."""
    return MemoryTables(
        {
            "numbers": pl.LazyFrame({"n": range(10), "name": [f"n{i}" for i in range(10)]}),
            "empty": pl.LazyFrame(schema={"t": pl.Datetime("ns", "UTC"), "s": pl.String()}),
            "bad": pl.LazyFrame({"s": ["1", "x"]}).select(pl.col("s").cast(pl.Int64)),
            "many": pl.LazyFrame({"n": range(1000)}).join(
                pl.LazyFrame({"m": range(2000)}), how="cross"
            ),
        }
    )


@pytest.fixture
def settings() -> QuerySettings:
    """Return settings for two queries at once and one that waits, on free ports."""
    return QuerySettings(http_port=0, flight_port=0, running_queries_max=2, waiting_queries_max=1)


@pytest.fixture
def service(
    memory_tables: MemoryTables, settings: QuerySettings, workers: WorkerPool
) -> Iterator[QueryService]:
    """Return a service over ``memory_tables``."""
    made = QueryService(memory_tables, settings, QueryMetrics(), workers)
    yield made
    made.close(0)
