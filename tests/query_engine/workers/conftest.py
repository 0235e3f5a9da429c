"""A query service with workers of its own, and ways to look at its processes."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from query_engine.metrics import QueryMetrics
from query_engine.running import RunningQuery
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.memory import MemoryTables

BUSY = "SELECT SUM(a.n + b.n) FROM many a, many b"
"""Four million million pairs: keeps every core busy for hours, in little memory."""

HUNGRY = "SELECT array_agg(a.m + b.n) FROM many a, numbers b"
"""One value of twenty million numbers."""

SPILLING = "SELECT a.n, a.m, b.n AS k FROM many a, numbers b ORDER BY a.m + b.n, a.n"
"""Twenty million rows, sorted."""


def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Say whether a process has ended; who adopted it may not have noticed yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def started(service: QueryService, sql: str) -> tuple[RunningQuery, psutil.Process]:
    """Start a query that nobody reads, and return it with its process once that is busy."""
    stream = service.query(sql)
    query = next(q for q in service.running.all() if q.query_id == stream.query_id)
    _streams.append(stream)
    process = psutil.Process(query.usage.pid)
    before = sum(process.cpu_times()[:2])
    eventually(lambda: sum(process.cpu_times()[:2]) > before + 0.1, 20)
    return query, process


_streams: list[object] = []


@pytest.fixture
def own(memory_tables: MemoryTables, tmp_path: Path) -> Iterator[QueryService]:
    """Return a service whose workers are its own: small ones, two at a time."""
    settings = QuerySettings(
        running_queries_max=2,
        memory_bytes_max=128 << 20,
        spill_bytes_max=64 << 20,
        scratch_dir=str(tmp_path),
    )
    made = QueryService(memory_tables, settings, QueryMetrics())
    yield made
    made.close(0)
    _streams.clear()
