"""Dagster's history is trimmed in PostgreSQL, as installations have it, without reading all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from assets.maintain.task import Outcome, Site, run
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from orchestration import dagster_tables
from orchestration.dagster_tables import EventLog
from orchestration.history import history_task
from orchestration.history_rows import KINDS, newest_older
from orchestration.past_runs import SENSOR_TAG
from orchestration.uncovered_sensor import SENSOR_NAME
from stack.dagster_home import DATABASE_VARIABLE, sqlalchemy_url, write_dagster_home

HOURS = dg.StaticPartitionsDefinition(["first", "second"])
KEEP_DAYS = 14
NOW = datetime.now(UTC)

MADE_PER_HOUR = 2
EVENTS = 60_000
FILL = f"""
INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, asset_key, partition)
SELECT 'run' || n / 10, '{{}}', kind, now() - interval '40 days' + n * interval '1 minute',
       CASE WHEN kind ~ '^ASSET' THEN '["view' || n / 10 % 5 || '"]' END,
       CASE WHEN kind ~ '^ASSET' THEN 'hour' || n / 10 / {5 * MADE_PER_HOUR} END
FROM (SELECT n, CASE n % 10 WHEN 0 THEN 'ASSET_MATERIALIZATION_PLANNED' WHEN 9 THEN
      'ASSET_MATERIALIZATION' WHEN 5 THEN NULL ELSE 'ENGINE_EVENT' END AS kind
      FROM generate_series(0, {EVENTS - 1}) n) made
"""
"""Two thirds of them two weeks old and more; each hour of a view is made twice."""


@dg.asset(partitions_def=HOURS)
def shop() -> None:
    """Do nothing."""


@dg.asset_check(asset=shop)
def tidy() -> dg.AssetCheckResult:
    """Find nothing."""
    return dg.AssetCheckResult(passed=True)


@dg.asset(partitions_def=HOURS)
def broken() -> None:
    """Fail."""
    raise dg.Failure("broken")


@pytest.fixture
def instance(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """Return an instance as `limnod` configures it."""
    monkeypatch.setenv(DATABASE_VARIABLE, sqlalchemy_url(empty_database_url))
    write_dagster_home(tmp_path, 1)
    with dg.DagsterInstance.from_config(str(tmp_path)) as opened:
        yield opened


def made(instance: dg.DagsterInstance, partition: str) -> None:
    """Materialize an hour as a sensor's run does, and check it."""
    tags = {SENSOR_TAG: SENSOR_NAME}
    dg.materialize([shop, tidy], partition_key=partition, instance=instance, tags=tags)


def later(instance: dg.DagsterInstance, days: int = KEEP_DAYS + 1) -> Outcome:
    """Run the task as if so many days had passed."""
    task = history_task(instance, [])
    site = Site(None, TableCache(), NOW + timedelta(days=days), BUILT_IN)  # type: ignore[arg-type]
    return run(task, site, task.settings(keep_days=KEEP_DAYS), dry_run=False)


def storage_of(instance: dg.DagsterInstance) -> EventLog:
    """Return the storage that is trimmed."""
    storage = instance.event_log_storage
    assert isinstance(storage, EventLog)
    return storage


def nodes(plan: dict[str, object]) -> Iterator[dict[str, object]]:
    """Return all nodes of a plan."""
    yield plan
    for below in plan.get("Plans", []):  # type: ignore[attr-defined]
        yield from nodes(below)


def test_the_newest_stays_and_runs_go_when_nothing_is_left_of_them(
    instance: dg.DagsterInstance,
) -> None:
    """
    Both hours are still materialized and no plan is left; the run that was replaced goes the next
    night, and what failed and was never made still shows as failed.
    """
    for partition in ("first", "second", "first"):
        made(instance, partition)
    dg.materialize([broken], partition_key="first", instance=instance, raise_on_error=False)
    before = instance.get_latest_materialization_event(shop.key)
    outcome = later(instance)
    assert not outcome.failed
    assert outcome.numbers["replaced materializations forgotten"] == 1
    assert outcome.numbers["planned materializations forgotten"] == 3
    assert outcome.numbers["results of checks forgotten"] == 2
    assert outcome.numbers["log lines forgotten"] > 20
    assert instance.get_materialized_partitions(shop.key) == {"first", "second"}
    assert instance.get_latest_materialization_event(shop.key) == before
    attempts = storage_of(instance)
    failed = attempts.get_latest_asset_partition_materialization_attempts_without_materializations(
        broken.key
    )
    assert set(failed) == {"first"}
    assert later(instance).numbers == {"empty runs forgotten": 1}
    assert len(instance.get_runs()) == 3
    assert later(instance).planned == []


def test_no_query_reads_the_whole_event_log(instance: dg.DagsterInstance) -> None:
    """
    The queries go by Dagster's own indexes; what they find is what is old and replaced.
    """
    storage = storage_of(instance)
    with storage.index_connection() as conn:
        conn.execute(sa.text(FILL))
        conn.execute(sa.text("ANALYZE event_logs"))
    before = (NOW - timedelta(days=KEEP_DAYS)).replace(tzinfo=None)
    with storage.index_connection() as conn:
        newest = newest_older(conn, dagster_tables.EVENTS, before)
        exact = "SELECT max(id) FROM event_logs WHERE timestamp < :before"
        assert newest == conn.execute(sa.text(exact), {"before": before}).scalar_one()
        for kind in KINDS:
            query = kind.query(before, newest).limit(1_000)
            text = query.compile(conn.engine, compile_kwargs={"literal_binds": True})
            (plan,) = conn.execute(sa.text(f"EXPLAIN (FORMAT JSON) {text}")).scalar_one()
            scanned = [
                node
                for node in nodes(plan["Plan"])
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "event_logs"
            ]
            assert not scanned, kind.name
    old = newest // 10
    counts = {kind.name: kind.count(storage, before.replace(tzinfo=UTC)) for kind in KINDS}
    assert counts["log lines"] == pytest.approx(8 * old, abs=10)
    assert counts["planned materializations"] == pytest.approx(old, abs=1)
    assert counts["replaced materializations"] == pytest.approx(old // 2, abs=5)
