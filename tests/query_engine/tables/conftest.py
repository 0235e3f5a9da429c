"""A lake that is written to as the receiver does, asked through the query service."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from assets.materialize import DecodedCache
from assets.storage.lake import Lake
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN, Views
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.catalog import LakeTables
from query_engine.tables.session import LakeCaches
from query_engine.workers.pool import WorkerPool
from tests.assets.conftest import make_block
from tests.assets.materialize.conftest import filled, new_sender

__all__ = ["filled", "make_block", "new_sender"]


@dataclass
class Asked:
    """A query service over the lake under test, which knows the views that a test says."""

    service: QueryService
    caches: LakeCaches
    views: Views = BUILT_IN

    def rows(self, sql: str, **how: Any) -> pl.DataFrame:
        """Return the result of a query."""
        stream = self.service.query(sql, **how)
        table = pa.Table.from_batches(list(stream.batches), stream.schema)
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def counted(self, metric: str, view: str) -> float:
        """Return the value of a counter of a view."""
        for line in self.service.metrics.text().decode().splitlines():
            if line.startswith(f'{metric}_total{{view="{view}"}}'):
                return float(line.split()[-1])
        return 0.0


@contextmanager
def asked_over(lake: Lake, workers: WorkerPool) -> Iterator[Asked]:
    """Run a query service over a lake."""
    metrics = QueryMetrics()
    caches = LakeCaches(lake, TableCache(), DecodedCache(), metrics, views=lambda: found.views)
    service = QueryService(LakeTables(caches), QuerySettings(), metrics, workers)
    found = Asked(service, caches)
    yield found
    service.close(0)


@pytest.fixture
def asked(filled: Any, workers: WorkerPool) -> Iterator[Asked]:
    """Return a query service over ``filled``."""
    with asked_over(filled.lake, workers) as found:
        yield found


@pytest.fixture
def in_background() -> Iterator[Callable[[Callable[[], object]], threading.Event]]:
    """Return a function that repeats a call in a thread until the test ends or sets the event."""
    stop, threads, errors = threading.Event(), [], []

    def start(call: Callable[[], object]) -> threading.Event:
        def run() -> None:
            while not stop.is_set():
                try:
                    call()
                except Exception as error:
                    errors.append(error)
                    return

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return stop

    yield start
    stop.set()
    for thread in threads:
        thread.join(60)
    assert errors == []
