"""Requests whose runs take long, are killed, or disappear: each comes to an end."""

from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterEvent, DagsterEventType
from dagster._core.events import StepMaterializationData

from assets.materialize import materialize
from assets.storage.layout import Slice
from assets.storage.metadata.requests import (
    open_requests,
    state_of,
)
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from orchestration.hours import key_of
from orchestration.lake_resource import LakeResource
from orchestration.limits import (
    HOURS_PER_RUN_MAX,
    REBUILD_HOUR_TIME_MAX,
    REQUEST_ATTEMPTS_MAX,
    REQUEST_PARTIAL_MAX,
)
from orchestration.requests_sensor import Tick
from orchestration.uncovered_sensor import MAX_RUNTIME, RANGE_END, RANGE_START
from tests.orchestration.log_sender import Sender
from tests.orchestration.requesting import SERVED, add_run, asked, said, tick, wish


def test_a_rebuild_has_time_for_each_of_its_hours(sender: Sender, this_hour: datetime) -> None:
    """
    REBUILD_HOUR_TIME_MAX each; ended after half an hour, a long one would never be done.
    """
    asked(sender, wish(this_hour - timedelta(hours=HOURS_PER_RUN_MAX), action="rebuild"))
    asked(
        sender,
        wish(this_hour - timedelta(hours=HOURS_PER_RUN_MAX), end=this_hour, action="rebuild"),
    )
    with dg.DagsterInstance.ephemeral() as instance:
        times = [float(run.tags[MAX_RUNTIME]) for run in tick(instance)]
    hour = REBUILD_HOUR_TIME_MAX.total_seconds()
    assert sorted(times) == [hour, HOURS_PER_RUN_MAX * hour]


def test_a_rebuild_that_was_killed_goes_on_with_the_hours_that_are_left(
    sender: Sender, this_hour: datetime
) -> None:
    """
    What an attempt has recorded is not built again by the next; if it was all, that is the end.
    """
    hours = [this_hour - timedelta(hours=n) for n in (3, 2, 1)]
    for hour in hours:
        sender.send(1, hour=hour)
    request = asked(sender, wish(hours[0], end=this_hour, action="rebuild"))
    with dg.DagsterInstance.ephemeral() as instance:
        for first in hours:
            (run,) = tick(instance)
            assert (run.tags[RANGE_START], run.tags[RANGE_END]) == (key_of(first), key_of(hours[2]))
            killed = add_run(instance, run, dg.DagsterRunStatus.FAILURE)
            record(sender, instance, killed, first)
            tick(instance)
    assert len(hours) == REQUEST_ATTEMPTS_MAX
    assert said(sender, request)[-1].startswith(f"failed: run {killed.run_id} was lost")


def record(
    sender: Sender, instance: dg.DagsterInstance, run: dg.DagsterRun, hour: datetime
) -> None:
    """Build an hour and record it as a run does that is killed thereafter."""
    materialize(sender.lake, view_named("log_entries"), TableCache(), slices=[Slice(hour)])
    made = dg.AssetMaterialization("log_entries", partition=key_of(hour))
    event = DagsterEvent(
        DagsterEventType.ASSET_MATERIALIZATION.value,
        job_name=run.job_name,
        event_specific_data=StepMaterializationData(made),
    )
    instance.report_dagster_event(event, run_id=run.run_id)


def test_a_request_whose_runs_are_gone_in_part_fails_in_the_end(
    sender: Sender, this_hour: datetime
) -> None:
    """
    REQUEST_PARTIAL_MAX after the others have ended; else it would hold its place for ever.
    """
    begin = this_hour - timedelta(hours=HOURS_PER_RUN_MAX + 1)
    request_id = asked(sender, wish(begin, end=this_hour, action="rebuild"))
    with sender.lake.connection() as conn, dg.DagsterInstance.ephemeral() as instance:
        left, deleted = tick(instance)
        add_run(instance, left, dg.DagsterRunStatus.SUCCESS)
        instance.delete_run(add_run(instance, deleted, dg.DagsterRunStatus.STARTED).run_id)
        (request,) = open_requests(conn)
        for wait, state in ((-timedelta(minutes=1), "running"), (timedelta(hours=1), "failed")):
            now = datetime.now(UTC) + REQUEST_PARTIAL_MAX + wait
            Tick(instance, LakeResource().open(), conn, SERVED, now).report_on(request)
            assert state_of(conn, request_id) == state
    assert said(sender, request_id)[-1].startswith("failed: 1 of its 2 runs cannot be found")
