"""The sensor: few runs, none twice, none for nothing, and it never says what a table holds."""

from datetime import datetime, timedelta

import dagster as dg
import pytest

from assets.views.catalog import VIEWS
from orchestration.definitions import JOB_NAME, defs
from orchestration.hours import key_of
from orchestration.lake_resource import LakeResource
from orchestration.limits import RUN_TIME_MAX
from orchestration.run_tags import REASON, WORK
from orchestration.uncovered_sensor import (
    IN_FLIGHT,
    MAX_RUNTIME,
    RANGE_END,
    RANGE_START,
    SENSOR_NAME,
    SENSOR_TAG,
    failed_runs,
    in_flight,
)
from tests.orchestration.log_sender import Sender

SENSOR = defs.resolve_sensor_def(SENSOR_NAME)
LOG_VIEWS = {dg.AssetKey("log_entries"), dg.AssetKey("log_stats")}


def tick(instance: dg.DagsterInstance) -> tuple[list[dg.RunRequest], str | None]:
    """Evaluate the sensor as the daemon does; returns its requests and why it has none."""
    with dg.build_sensor_context(
        instance=instance, resources={"lake": LakeResource()}, definitions=defs
    ) as context:
        data = SENSOR.evaluate_tick(context)
    return list(data.run_requests or []), data.skip_message


def run_of(request: dg.RunRequest, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run what the sensor asked for."""
    return defs.resolve_job_def(JOB_NAME).execute_in_process(
        asset_selection=list(request.asset_selection or []),
        tags={**request.tags, SENSOR_TAG: SENSOR_NAME},
        instance=instance,
        raise_on_error=False,
    )


def add_run(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus, hour: datetime, job: str = JOB_NAME
) -> None:
    """Record a run of the sensor as if it were in *status*."""
    tags = {SENSOR_TAG: SENSOR_NAME, RANGE_START: key_of(hour), RANGE_END: key_of(hour)}
    instance.add_run(dg.DagsterRun(job_name=job, status=status, tags=tags))


def test_a_quiet_lake_asks_for_nothing(sender: Sender) -> None:
    """
    Without uncovered blocks no run is started, and the tick says so.
    """
    assert sender
    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(instance) == ([], "All settled blocks are in the tables.")


def test_new_blocks_of_neighbouring_hours_are_one_run(sender: Sender, this_hour: datetime) -> None:
    """
    All views with something missing, all hours of the stretch, one run; it says why it is there.
    """
    sender.send(2, hour=this_hour - timedelta(hours=1))
    sender.send(2)
    with dg.DagsterInstance.ephemeral() as instance:
        (request,), _ = tick(instance)
    assert set(request.asset_selection or []) == LOG_VIEWS
    assert request.partition_key is None
    assert request.tags[RANGE_START] == key_of(this_hour - timedelta(hours=1))
    assert request.tags[RANGE_END] == key_of(this_hour)
    assert request.tags[WORK] == "increment"
    assert request.tags[MAX_RUNTIME] == str(int(RUN_TIME_MAX.total_seconds()))
    assert request.tags[REASON] == "2 h uncovered: log_entries, log_stats"


def test_what_was_asked_for_is_not_asked_for_again(sender: Sender, this_hour: datetime) -> None:
    """
    The run covers the hours in the Delta log, and that is how the next tick knows.
    """
    sender.send(3)
    sender.send(3, hour=this_hour - timedelta(hours=5))
    with dg.DagsterInstance.ephemeral() as instance:
        requests, _ = tick(instance)
        assert len(requests) == 2
        assert all(run_of(request, instance).success for request in requests)
        assert tick(instance)[0] == []
        sender.send(1)
        (request,), _ = tick(instance)
        assert request.tags[RANGE_START] == request.tags[RANGE_END] == key_of(this_hour)


@pytest.mark.parametrize(
    "status",
    # A queued run cannot be made up: it belongs to a served code location.
    [status for status in IN_FLIGHT if status != dg.DagsterRunStatus.QUEUED],
    ids=lambda status: status.value,
)
def test_nothing_is_asked_for_while_a_run_is_in_flight(
    sender: Sender, this_hour: datetime, status: dg.DagsterRunStatus
) -> None:
    """
    A slow machine gets no pile of runs that all want the same hours.
    """
    sender.send(2)
    with dg.DagsterInstance.ephemeral() as instance:
        add_run(instance, status, this_hour)
        requests, reason = tick(instance)
        assert requests == []
        assert reason == "The runs asked for last are not done yet."


def test_runs_of_people_do_not_hold_the_sensor_up(sender: Sender) -> None:
    """
    A long backfill somebody launched leaves fresh hours to the sensor.
    """
    sender.send(2)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(dg.DagsterRun(job_name="__ASSET_JOB", status=dg.DagsterRunStatus.STARTED))
        assert len(tick(instance)[0]) == 1


def test_a_run_beyond_its_time_limit_counts_as_lost(this_hour: datetime) -> None:
    """
    A machine that died with its run, unrecorded, stops the sensor for RUN_TIME_MAX at most.
    """
    with dg.DagsterInstance.ephemeral() as instance:
        add_run(instance, dg.DagsterRunStatus.STARTED, this_hour)
        (record,) = instance.get_run_records()
        assert in_flight(instance, record.create_timestamp)
        later = record.create_timestamp + RUN_TIME_MAX + timedelta(seconds=1)
        assert not in_flight(instance, later)


def test_a_failing_hour_is_left_alone_for_a_while_and_others_go_on(
    sender: Sender, this_hour: datetime
) -> None:
    """
    An hour whose object is gone fails its run once, not at every tick, and blocks no other hour.
    """
    lost = sender.send(2, hour=this_hour - timedelta(hours=2))
    sender.lake.objects.delete([lost])
    with dg.DagsterInstance.ephemeral() as instance:
        (request,), _ = tick(instance)
        assert not run_of(request, instance).success
        (failed,) = failed_runs(instance, datetime.now(this_hour.tzinfo))
        assert failed.first == failed.last == this_hour - timedelta(hours=2)
        requests, reason = tick(instance)
        assert requests == []
        assert "wait for a retry" in (reason or "")
        sender.send(2)
        (request,), _ = tick(instance)
        assert request.tags[RANGE_START] == key_of(this_hour)


def test_every_global_view_is_watched() -> None:
    """
    The job that the sensor launches holds every continuously materialized view.
    """
    keys = defs.resolve_job_def(JOB_NAME).asset_layer.selected_asset_keys
    assert keys == {dg.AssetKey(view.name) for view in VIEWS if view.scope == "global"}
