"""How far the tables are behind, and which checks fail, stand in the query service's metrics."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from assets.checks.catalog import CHECKS
from assets.checks.check import ask
from assets.maintain.task import Site
from assets.materialize import materialize
from assets.storage.lake import Lake
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from query_engine.lake_health import LakeHealth
from query_engine.limits import LAKE_HEALTH_S
from tests.orchestration.log_sender import Sender

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def registry(lake: Lake, clock: Clock) -> CollectorRegistry:
    """Return a registry with the lake's health."""
    made = CollectorRegistry()
    made.register(LakeHealth(lake, TableCache(), clock))
    return made


def lag(registry: CollectorRegistry) -> float | None:
    """Return how many blocks log_entries lacks."""
    return registry.get_sample_value("limnograph_lake_lag_blocks", {"view": "log_entries"})


def test_blocks_that_a_table_lacks_are_its_lag(
    lake: Lake, database_url: str, registry: CollectorRegistry, clock: Clock
) -> None:
    """
    It is there whether anything materializes or not, and gone when the table has them.
    """
    Sender(lake, database_url).send(3)
    assert lag(registry) == 1
    seconds = registry.get_sample_value("limnograph_lake_lag_seconds", {"view": "log_entries"})
    assert seconds is not None
    assert seconds > 0
    materialize(lake, LOG_ENTRIES, TableCache())
    assert lag(registry) == 1, "looked at a moment ago"
    clock.now += LAKE_HEALTH_S
    assert lag(registry) == 0


def test_a_failing_check_is_a_metric(
    lake: Lake, database_url: str, registry: CollectorRegistry
) -> None:
    """
    By view and check, so that an alarm can name it.
    """
    Sender(lake, database_url).send(3, payload=b"no block at all")
    materialize(lake, LOG_ENTRIES, TableCache())
    site = Site(lake, TableCache(), datetime.now(UTC), BUILT_IN)
    for check in CHECKS:
        ask(check, site, LOG_ENTRIES)

    def failed(check: str) -> float | None:
        labels = {"view": "log_entries", "check": check}
        return registry.get_sample_value("limnograph_lake_check_failed", labels)

    assert failed("quarantine_empty") == 1
    assert failed("complete") == 0
    assert failed("no_such_check") is None


def test_an_answer_that_nobody_renews_gets_old(
    lake: Lake, registry: CollectorRegistry, clock: Clock
) -> None:
    """
    When the checks are not asked any more, what they said last is no news.
    """
    site = Site(lake, TableCache(), datetime.now(UTC), BUILT_IN)
    ask(next(check for check in CHECKS if check.name == "fresh"), site, LOG_ENTRIES)

    def age() -> float:
        clock.now += LAKE_HEALTH_S
        labels = {"view": "log_entries", "check": "fresh"}
        found = registry.get_sample_value("limnograph_lake_check_age_seconds", labels)
        assert found is not None
        return found

    assert age() < 1800
    with lake.connection() as conn:
        conn.execute("UPDATE check_results SET checked_at = checked_at - INTERVAL '1 hour'")
    assert 3600 <= age() < 5400


def test_every_one_of_these_metrics_is_documented(lake: Lake) -> None:
    """
    An operator finds what a number means.
    """
    said = (ROOT / "docs/query-service.md").read_text()
    named = [metric.name for metric in LakeHealth(lake, TableCache()).describe()]
    assert named
    assert [name for name in named if f"`{name}" not in said] == []
