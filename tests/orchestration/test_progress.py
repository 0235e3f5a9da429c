"""orchestration.progress: hours are recorded when they are done, and never built twice for it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg
import pytest

from assets.views.catalog import view_named
from orchestration.hours import hourly_partitions, key_of
from orchestration.lake_resource import LakeResource
from orchestration.progress import RESUMED
from orchestration.settings import FIRST_HOUR
from orchestration.view_assets import view_assets
from tests.orchestration.log_sender import Sender, log_payload

LOGS, STATS = view_named("log_entries"), view_named("log_stats")


def rebuild_job() -> dg.JobDefinition:
    """Return the job that a backfill runs; by name, so that a run of it can be executed again."""
    defs = dg.Definitions(
        assets=view_assets([LOGS, STATS], hourly_partitions(FIRST_HOUR)),
        jobs=[dg.define_asset_job("rebuild", selection=["log_entries", "log_stats"])],
        resources={"lake": LakeResource()},
        executor=dg.in_process_executor,
    )
    return defs.resolve_job_def("rebuild")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Return an instance with files of its own."""
    with dg.instance_for_test() as fresh:
        yield fresh


def range_tags(keys: list[str]) -> dict[str, str]:
    """Return the tags of a run over these hours."""
    return {
        "dagster/asset_partition_range_start": keys[0],
        "dagster/asset_partition_range_end": keys[-1],
    }


def recorded(instance: dg.DagsterInstance, run_id: str, asset: str) -> list[str]:
    """Return the hours that a run recorded of an asset, in the order in which it did."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    return [
        str(event.get_dagster_event().partition)
        for event in events
        if event.get_dagster_event().asset_key == dg.AssetKey(asset)
    ]


def messages(instance: dg.DagsterInstance, run_id: str) -> str:
    """Return what a run logged."""
    return "\n".join(event.user_message for event in instance.all_logs(run_id))


def test_a_run_that_goes_on_from_a_failed_one_builds_only_the_failed_hours(
    sender: Sender, this_hour: datetime, instance: dg.DagsterInstance
) -> None:
    """
    "Re-execute from failure": the hours that were done stay as they are, the rollup is built of
    all hours, and both assets have every hour in the end.
    """
    hours = [this_hour - timedelta(hours=n) for n in (4, 3, 2)]
    keys = [key_of(hour) for hour in hours]
    lost = [sender.send(2, hour=hour) for hour in hours][1]
    sender.lake.objects.delete([lost])
    job = dg.reconstructable(rebuild_job)
    hours_of_run = range_tags(keys)
    failed = dg.execute_job(job, instance, tags=hours_of_run)
    assert not failed.success
    assert recorded(instance, failed.run_id, "log_entries") == [keys[0], keys[2]]

    sender.lake.objects.put_new(lost, log_payload(2))
    again = dg.execute_job(
        job,
        instance,
        tags=hours_of_run | {RESUMED: "true"},
        reexecution_options=dg.ReexecutionOptions.from_failure(failed.run_id, instance),
    )
    assert again.success
    said = messages(instance, again.run_id)
    assert "2 hours were built by what this run goes on from" in said
    assert f"log_entries {keys[1]}: 2 rows" in said
    assert f"log_entries {keys[0]}" not in said
    assert [f"log_stats {key}: 1 rows" in said for key in keys] == [True] * 3
    for asset in ("log_entries", "log_stats"):
        assert instance.get_materialized_partitions(dg.AssetKey(asset)) == set(keys)


def test_a_run_that_is_launched_anew_builds_every_hour(
    sender: Sender, this_hour: datetime, instance: dg.DagsterInstance
) -> None:
    """
    "Re-execute all" means all.
    """
    hours = [this_hour - timedelta(hours=n) for n in (3, 2)]
    keys = [key_of(hour) for hour in hours]
    for hour in hours:
        sender.send(2, hour=hour)
    job = dg.reconstructable(rebuild_job)
    hours_of_run = range_tags(keys)
    first = dg.execute_job(job, instance, tags=hours_of_run)
    again = dg.execute_job(
        job,
        instance,
        tags=hours_of_run,
        reexecution_options=dg.ReexecutionOptions(parent_run_id=first.run_id),
    )
    assert again.success
    said = messages(instance, again.run_id)
    assert [f"log_entries {key}: 2 rows" in said for key in keys] == [True, True]
