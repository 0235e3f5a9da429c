"""The sensor: few runs, none twice, none for nothing, and it never says what a table holds."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from assets.materialize import backlog
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS, view_named
from orchestration.definitions import JOB_NAME, defs
from orchestration.hours import key_of
from orchestration.lake_resource import LakeResource
from orchestration.limits import RUN_TIME_MAX, RUNS_IN_FLIGHT_READ
from orchestration.past_runs import IN_FLIGHT, WAITING, ended_runs, runs_in_flight
from orchestration.run_plan import NEWEST, OLDEST
from orchestration.run_tags import LANE, REASON, STOP_AFTER, WORK
from orchestration.settings import OrchestrationSettings
from orchestration.uncovered_sensor import (
    MAX_RUNTIME,
    RANGE_END,
    RANGE_START,
    SENSOR_NAME,
    SENSOR_TAG,
    uncovered_slices_sensor,
)
from tests.orchestration.log_sender import Sender

GLOBAL = [view for view in VIEWS if view.scope == "global"]
LOG_VIEWS = {dg.AssetKey("log_entries"), dg.AssetKey("log_stats")}
AT_ONCE = OrchestrationSettings(increment_age_s=0)


def evaluated(
    instance: dg.DagsterInstance, settings: OrchestrationSettings, cursor: str | None
) -> Any:
    """Evaluate the sensor as the daemon does."""
    sensor = uncovered_slices_sensor(GLOBAL, JOB_NAME, settings)
    with dg.build_sensor_context(
        instance=instance, resources={"lake": LakeResource()}, definitions=defs, cursor=cursor
    ) as context:
        return sensor.evaluate_tick(context)


def tick(
    instance: dg.DagsterInstance, settings: OrchestrationSettings = AT_ONCE
) -> tuple[list[dg.RunRequest], str | None]:
    """Evaluate the sensor; returns its requests and why it has none."""
    data = evaluated(instance, settings, None)
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
    assert (request.tags[LANE], request.tags[STOP_AFTER]) == (NEWEST, "60.0")
    assert re.match(
        r"2 h uncovered \(newest\), [1-9][\d.]* (bytes|kB) since ", request.tags[REASON]
    )
    assert request.tags[REASON].endswith(" s of work: log_entries, log_stats")


def test_what_was_asked_for_is_not_asked_for_again(sender: Sender, this_hour: datetime) -> None:
    """
    The run covers the hours in the Delta log, and that is how the next tick knows.
    """
    sender.send(3)
    sender.send(3, hour=this_hour - timedelta(hours=9))
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
        assert (
            reason
            == "Runs asked for before are not done yet: 1 h of log_entries, 1 h of log_stats."
        )


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
        (found,) = runs_in_flight(instance, SENSOR_NAME, record.create_timestamp)
        assert (found.lane, found.first, found.last) == (OLDEST, this_hour, this_hour)
        later = record.create_timestamp + RUN_TIME_MAX + timedelta(seconds=1)
        assert runs_in_flight(instance, SENSOR_NAME, later) == []


def test_a_tick_reads_a_bounded_number_of_runs(this_hour: datetime) -> None:
    """
    RUNS_IN_FLIGHT_READ, should something have filled the queue.
    """
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(RUNS_IN_FLIGHT_READ + 1):
            add_run(instance, WAITING[0], this_hour)
        found = runs_in_flight(instance, SENSOR_NAME, datetime.now(UTC))
        assert len(found) == RUNS_IN_FLIGHT_READ


def test_a_run_that_waits_in_the_queue_is_never_lost(this_hour: datetime) -> None:
    """
    Behind a long backfill it may wait for hours; asking again would only make the queue grow.
    """
    with dg.DagsterInstance.ephemeral() as instance:
        add_run(instance, WAITING[0], this_hour)
        (record,) = instance.get_run_records()
        much_later = record.create_timestamp + 9 * RUN_TIME_MAX
        assert len(runs_in_flight(instance, SENSOR_NAME, much_later)) == 1


def test_a_small_young_gap_is_left_to_the_tail_until_it_is_old(sender: Sender) -> None:
    """
    With few new blocks no run is started every half a minute.
    """
    sender.send(2)
    patient = OrchestrationSettings(increment_age_s=7200)
    eager = OrchestrationSettings(increment_age_s=7200, increment_bytes=1)
    with dg.DagsterInstance.ephemeral() as instance:
        requests, reason = tick(instance, patient)
        assert requests == []
        assert reason is not None
        assert reason.startswith("Not worth a run yet, queries read the tail: 1 h of log_entries")
        assert len(tick(instance, eager)[0]) == 1


def test_the_lag_is_observed_once_and_then_seldom(sender: Sender) -> None:
    """
    The first tick tells; the cursor holds when, and the next one does not tell again.
    """
    sender.send(2)
    with dg.DagsterInstance.ephemeral() as instance:
        first = evaluated(instance, AT_ONCE, None)
        told = {event.asset_key.path[-1]: event.metadata for event in first.asset_events}
        assert set(told) == {view.name for view in GLOBAL}
        assert told["log_entries"]["lag blocks"].value == 1
        assert told["log_entries"]["lag seconds"].value > 0
        assert told["measures"]["lag seconds"].value == 0
        assert evaluated(instance, AT_ONCE, first.cursor).asset_events == []
        assert evaluated(instance, AT_ONCE, "nonsense").asset_events != []


def test_what_can_be_added_and_what_lacks_are_told_by_hour(
    sender: Sender, this_hour: datetime
) -> None:
    """
    The sizes that runs are planned by: blocks, bytes and the oldest arrival of each hour.
    """
    earlier = this_hour - timedelta(hours=3)
    for hour in (earlier, earlier, this_hour):
        sender.send(5, hour=hour)
    found = backlog(sender.lake, view_named("log_entries"), TableCache())
    assert [(gap.slice.start, gap.blocks) for gap in found.gaps] == [(earlier, 2), (this_hour, 1)]
    assert found.gaps[0].since == found.oldest == earlier + timedelta(minutes=1)
    assert found.bytes == sum(gap.bytes for gap in found.gaps) > 0
    assert found.blocks == 3


def test_a_failing_hour_is_left_alone_for_a_while_and_others_go_on(
    sender: Sender, this_hour: datetime
) -> None:
    """
    An hour whose object is gone fails a view's run once, not at every tick, and blocks no other
    hour; a view that was left out since its source failed has not failed itself.
    """
    lost = sender.send(2, hour=this_hour - timedelta(hours=2))
    sender.lake.objects.delete([lost])
    names = [view.name for view in GLOBAL]
    with dg.DagsterInstance.ephemeral() as instance:
        (both,), _ = tick(instance)
        assert not run_of(both, instance).success
        (failed,) = ended_runs(instance, SENSOR_NAME, names, datetime.now(UTC))
        assert failed.first == failed.last == this_hour - timedelta(hours=2)
        assert (failed.views, failed.went) == ({"log_entries"}, "failed")
        (second,), _ = tick(instance)
        assert second.asset_selection == [dg.AssetKey("log_stats")]
        assert not run_of(second, instance).success
        requests, reason = tick(instance)
        assert requests == []
        assert "wait for a retry" in (reason or "")
        sender.send(2)
        requests, _ = tick(instance)
        assert {request.tags[RANGE_START] for request in requests} == {key_of(this_hour)}


def test_a_run_carries_no_checks(sender: Sender) -> None:
    """
    They have a schedule of their own; Dagster would add those of the views if not told otherwise.
    """
    sender.send(2)
    with dg.DagsterInstance.ephemeral() as instance:
        (request,), _ = tick(instance)
    assert request.asset_check_keys == []


def test_every_global_view_is_watched() -> None:
    """
    The job that the sensor launches holds every continuously materialized view.
    """
    keys = defs.resolve_job_def(JOB_NAME).asset_layer.selected_asset_keys
    assert keys == {dg.AssetKey(view.name) for view in VIEWS if view.scope == "global"}
