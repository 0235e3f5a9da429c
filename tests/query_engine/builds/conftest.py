"""Query services whose limits make every gap a large one, over a lake that is written to."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assets.materialize import DecodedCache
from assets.storage.tables import TableCache
from query_engine.builds.builder import Builder, GapLimits
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.catalog import LakeTables
from query_engine.tables.session import LakeCaches
from query_engine.workers.pool import WorkerPool
from tests.assets.conftest import make_block
from tests.assets.materialize.conftest import filled, new_sender
from tests.query_engine.tables.conftest import Asked

__all__ = ["filled", "make_block", "new_sender"]

SMALL = GapLimits(process_bytes=0, global_bytes=0)
"""Everything is built, and nothing is too large for it."""

LARGE = GapLimits(process_bytes=0, global_bytes=0, build_bytes=0)
"""Everything is asked for."""


@pytest.fixture
def service_with(filled: Any, workers: WorkerPool) -> Iterator[Callable[..., Asked]]:
    """Return a function that makes query services, each with caches and a builder of its own."""
    made: list[Asked] = []

    def make(limits: GapLimits, **settings: Any) -> Asked:
        snapshots = TableCache()
        caches = LakeCaches(
            filled.lake,
            snapshots,
            DecodedCache(),
            QueryMetrics(),
            builder=Builder(filled.lake, snapshots, limits),
        )
        service = QueryService(
            LakeTables(caches), QuerySettings(**settings), caches.metrics, workers
        )
        made.append(Asked(service, caches))
        return made[-1]

    yield make
    for asked in made:
        asked.service.close(0)
