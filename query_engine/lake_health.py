"""
How the lake is, in the query service's metrics: how far its tables are behind, what checks fail.

The service looks for itself, so that an alarm goes off too when what materializes is not running.
Rule: a scrape costs the lake a few small reads, and no more than that however often it comes.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Lock

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from assets.checks.lag import lag_of
from assets.errors import LakeError
from assets.maintain.task import Site
from assets.storage.lake import Lake
from assets.storage.metadata.check_results import check_results
from assets.storage.tables import TableCache
from assets.views.catalog import Views, built_in
from query_engine.limits import LAKE_HEALTH_S

logger = logging.getLogger(__name__)


class LakeHealth:
    """
    A collector for a Prometheus registry. Thread-safe.

    Args:
        lake: What to look at.
        tables: Snapshots of its tables, shared with the queries.
        clock: Monotonic seconds.
        views: The views that there are now.
    """

    def __init__(
        self,
        lake: Lake,
        tables: TableCache,
        clock: Callable[[], float] = time.monotonic,
        views: Callable[[], Views] = built_in,
    ) -> None:
        self._lake, self._tables, self._clock, self._views = lake, tables, clock, views
        self._lock = Lock()
        self._until = float("-inf")
        self._found: list[Metric] = []

    def describe(self) -> Iterator[Metric]:
        """Return the metrics without values: registering must not open the lake."""
        yield from _families()

    def collect(self) -> Iterator[Metric]:
        """Return what is known; it is looked at anew at most every ``LAKE_HEALTH_S`` seconds."""
        with self._lock:
            if self._clock() >= self._until:
                try:
                    self._found = self._look()
                except LakeError as exc:
                    # No value says more than an old one: the alarm for absence goes off.
                    logger.warning("how the lake is cannot be told: %s", exc)
                    self._found = []
                self._until = self._clock() + LAKE_HEALTH_S
            return iter(self._found)

    def _look(self) -> list[Metric]:
        seconds, blocks, failed, ages = _families()
        site = Site(self._lake, self._tables, datetime.now(UTC), self._views())
        for view in site.views.continuous:
            lag = lag_of(site, view)
            seconds.add_metric([view.name], lag.age.total_seconds())
            blocks.add_metric([view.name], lag.blocks)
        with self._lake.connection() as conn:
            for result in check_results(conn):
                about = [result.view, result.check]
                failed.add_metric(about, float(not result.passed))
                age = (site.now - result.checked_at).total_seconds()
                ages.add_metric(about, max(age, 0.0))
        return [seconds, blocks, failed, ages]


def _families() -> tuple[GaugeMetricFamily, ...]:
    return (
        GaugeMetricFamily(
            "limnograph_lake_lag_seconds",
            "For how long the table has lacked the oldest block that it lacks",
            labels=["view"],
        ),
        GaugeMetricFamily(
            "limnograph_lake_lag_blocks", "Blocks that the table lacks", labels=["view"]
        ),
        GaugeMetricFamily(
            "limnograph_lake_check_failed",
            "1 when the check failed the last time that it was asked",
            labels=["view", "check"],
        ),
        GaugeMetricFamily(
            "limnograph_lake_check_age_seconds",
            "For how long the check has not been asked",
            labels=["view", "check"],
        ),
    )
