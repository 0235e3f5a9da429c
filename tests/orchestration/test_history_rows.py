"""How much of Dagster's history one run forgets; what stays: test_history_on_postgres.py."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
import sqlalchemy as sa

from assets.maintain.task import Outcome, Site, run
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from orchestration import history_rows
from orchestration.dagster_tables import CHECKS, EVENTS, EventLog
from orchestration.history import history_task
from orchestration.past_runs import SENSOR_TAG
from orchestration.uncovered_sensor import SENSOR_NAME

HOURS = dg.StaticPartitionsDefinition(["first", "second"])


@dg.asset(partitions_def=HOURS)
def shop() -> None:
    """Do nothing."""


@dg.asset_check(asset=shop)
def tidy() -> dg.AssetCheckResult:
    """Find nothing."""
    return dg.AssetCheckResult(passed=True)


def made(instance: dg.DagsterInstance, partition: str) -> str:
    """Materialize an hour as a sensor's run does, and check it."""
    tags = {SENSOR_TAG: SENSOR_NAME}
    return dg.materialize(
        [shop, tidy], partition_key=partition, instance=instance, tags=tags
    ).run_id


@pytest.fixture
def instance(tmp_path) -> Iterator[dg.DagsterInstance]:
    """Return an instance with three runs over two hours, the first of which was made again."""
    with dg.DagsterInstance.ephemeral(str(tmp_path)) as opened:
        for partition in ("first", "second", "first"):
            made(opened, partition)
        yield opened


def later(instance: dg.DagsterInstance, days: int = 15, *, dry_run: bool = False) -> Outcome:
    """Run the task as if so many days had passed."""
    task = history_task(instance, [])
    site = Site(None, TableCache(), datetime.now(UTC) + timedelta(days=days), BUILT_IN)  # type: ignore[arg-type]
    return run(task, site, task.settings(keep_days=14), dry_run=dry_run)


def rows(instance: dg.DagsterInstance, table: sa.Table) -> int:
    """Return how many rows one of Dagster's tables has."""
    storage = instance.event_log_storage
    assert isinstance(storage, EventLog)
    with storage.index_connection() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_within_the_days_that_are_kept_nothing_goes(instance: dg.DagsterInstance) -> None:
    """
    Nor in a dry run, which only tells the numbers.
    """
    kept = rows(instance, EVENTS)
    assert later(instance, days=13).planned == []
    assert len(later(instance, dry_run=True).planned) == 4
    assert rows(instance, EVENTS) == kept


def test_a_run_of_the_task_deletes_only_so_much(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    ROWS_FORGOTTEN_MAX of each kind, ROWS_FORGOTTEN_PER_COMMIT at a time.
    """
    monkeypatch.setattr(history_rows, "ROWS_FORGOTTEN_PER_COMMIT", 1)
    monkeypatch.setattr(history_rows, "ROWS_FORGOTTEN_MAX", 2)
    assert later(instance).numbers["planned materializations forgotten"] == 2
    assert later(instance).numbers["planned materializations forgotten"] == 1


def test_old_results_of_checks_are_looked_for_among_old_ids_only(
    instance: dg.DagsterInstance,
) -> None:
    """
    What a pass reads of them does not grow with what is kept.
    """
    storage = instance.event_log_storage
    assert isinstance(storage, EventLog)
    (checks,) = [kind for kind in history_rows.KINDS if kind.table is CHECKS]
    with storage.index_connection() as conn:
        ids = list(conn.execute(sa.select(CHECKS.c.id).order_by(CHECKS.c.id)).scalars())
        long_ago = sa.update(CHECKS).where(CHECKS.c.id == ids[0])
        conn.execute(long_ago.values(evaluation_event_timestamp=datetime(2020, 1, 1)))  # noqa: DTZ001
        before = datetime(2021, 1, 1)  # noqa: DTZ001
        assert history_rows.newest_older(conn, CHECKS, before) == ids[0]
        later = datetime(2100, 1, 1)  # noqa: DTZ001
        assert history_rows.newest_older(conn, CHECKS, later) == ids[-1]
        found = conn.execute(checks.query(later, ids[0])).scalars()
        assert list(found) == ids[:1]
