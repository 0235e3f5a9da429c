"""Dagster's history: what is old goes, what an asset's page stands on stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.maintain.task import Outcome, Site, run
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from orchestration.definitions import defs
from orchestration.history import NAME, history_task


@pytest.fixture
def instance(tmp_path) -> Iterator[dg.DagsterInstance]:
    """Return an instance with one run that made an asset, and one of maintenance."""

    @dg.asset
    def shop() -> None:
        """Do nothing."""

    @dg.op
    def tidy(context: dg.OpExecutionContext) -> None:
        context.log.info("tidying")

    @dg.job
    def compaction() -> None:
        tidy()

    with dg.DagsterInstance.ephemeral(str(tmp_path)) as made:
        dg.materialize([shop], instance=made)
        compaction.execute_in_process(instance=made)
        yield made


def forgotten(instance: dg.DagsterInstance, after: timedelta) -> Outcome:
    """Run the task as if so much time had passed."""
    task = history_task(instance, ["compaction"])
    site = Site(None, TableCache(), datetime.now(UTC) + after, BUILT_IN)  # type: ignore[arg-type]
    return run(task, site, task.settings(keep_days=14), dry_run=False)


def jobs(instance: dg.DagsterInstance) -> list[str]:
    """Return the jobs whose runs are known."""
    return sorted(run.job_name for run in instance.get_runs())


def test_recent_history_stays(instance: dg.DagsterInstance) -> None:
    """
    Within the days that are kept there is nothing to do.
    """
    assert forgotten(instance, timedelta(days=13)).planned == []
    assert len(jobs(instance)) == 2


def test_old_maintenance_goes_whole_and_old_logs_go(instance: dg.DagsterInstance) -> None:
    """
    The run that made an asset stays, and so does what it says of the asset.
    """
    outcome = forgotten(instance, timedelta(days=15))
    assert not outcome.failed
    assert outcome.numbers["runs forgotten"] == 1
    assert outcome.numbers["log lines forgotten"] > 0
    assert "compaction" not in jobs(instance)
    assert len(jobs(instance)) == 1
    assert instance.get_latest_materialization_event(dg.AssetKey("shop")) is not None
    assert forgotten(instance, timedelta(days=15)).planned == []


def test_old_observations_of_lags_go(instance: dg.DagsterInstance) -> None:
    """
    The sensor tells them every few minutes, for ever.
    """
    lag = dg.AssetObservation(dg.AssetKey("shop"), metadata={"lag seconds": 3.0})
    instance.report_runless_asset_event(lag)

    def observed() -> int:
        return len(instance.fetch_observations(dg.AssetKey("shop"), limit=9).records)

    assert not forgotten(instance, timedelta(days=13)).planned
    assert observed() == 1
    assert not forgotten(instance, timedelta(days=15)).failed
    assert observed() == 0


def test_it_is_a_job_with_a_schedule_like_all_maintenance() -> None:
    """
    A fresh installation does not fill its database with what its runs said.
    """
    assert defs.resolve_job_def(NAME)
    schedule = defs.resolve_schedule_def(f"{NAME}_schedule")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
