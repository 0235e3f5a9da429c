"""A lake that is written to as the receiver does, asked by a service that knows defined views."""

from collections.abc import Iterator
from typing import Any

import pytest

from assets.materialize import DecodedCache
from assets.storage.tables import TableCache
from query_engine.defined.known import DefinedViews
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


@pytest.fixture
def known(filled: Any) -> DefinedViews:
    """Return the views that are defined in the lake under test."""
    return DefinedViews(filled.lake.connection)


@pytest.fixture
def asked(filled: Any, workers: WorkerPool, known: DefinedViews) -> Iterator[Asked]:
    """Return a query service over ``filled``."""
    metrics = QueryMetrics()
    caches = LakeCaches(
        filled.lake,
        TableCache(),
        DecodedCache(),
        metrics,
        views=known,
        views_change=known.expect_change,
    )
    service = QueryService(LakeTables(caches), QuerySettings(), metrics, workers)
    yield Asked(service, caches)
    service.close(0)
