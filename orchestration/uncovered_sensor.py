"""
The sensor that asks for runs over hours whose tables miss settled blocks.

It never decides what SQL sees (the tail does that) and may be late, off or run twice without harm:
what a table holds stands in its own Delta log, so a run finds for itself what is left to do.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from assets.materialize import uncovered
from assets.views.view import View
from orchestration.hours import key_of, slice_of
from orchestration.lake_resource import LakeResource, OpenLake
from orchestration.limits import FAILURES_REMEMBERED, RECENT_FAILURES_MAX, RUN_TIME_MAX
from orchestration.run_plan import FailedRun, PlannedRun, runs_for
from orchestration.run_tags import REASON, WORK

SENSOR_NAME = "uncovered_slices"

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
MAX_RUNTIME = "dagster/max_runtime"
SENSOR_TAG = "dagster/sensor_name"
"""The daemon puts it on each run that a sensor asked for."""

IN_FLIGHT = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
OURS = {SENSOR_TAG: SENSOR_NAME}


def uncovered_slices_sensor(
    views: Sequence[View], job_name: str, *, first_hour: datetime, interval_s: int
) -> dg.SensorDefinition:
    """Return the sensor over *views* from *first_hour* on; it ticks every *interval_s* seconds."""

    @dg.sensor(
        name=SENSOR_NAME,
        job_name=job_name,
        minimum_interval_seconds=interval_s,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for runs over the hours whose tables miss settled blocks.",
    )
    def ask_for_runs(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        now = datetime.now(UTC)
        if in_flight(context.instance, now):
            return dg.SensorResult(skip_reason="The runs asked for last are not done yet.")
        missing = uncovered_hours(lake.open(), views, first_hour, now)
        runs = runs_for(missing, failed=failed_runs(context.instance, now), now=now)
        if runs:
            return dg.SensorResult(run_requests=[request_for(run) for run in runs])
        if missing:
            waiting = ", ".join(f"{len(hours)} h of {view}" for view, hours in missing.items())
            return dg.SensorResult(skip_reason=f"Hours that failed wait for a retry: {waiting}.")
        return dg.SensorResult(skip_reason="All settled blocks are in the tables.")

    return ask_for_runs


def uncovered_hours(
    opened: OpenLake, views: Sequence[View], first_hour: datetime, now: datetime
) -> dict[str, list[datetime]]:
    """
    Return per view the hours, of those that are partitions, whose table misses settled blocks.

    An hour that has begun by Postgres's clock but not by ours is left to the next tick.
    No cursor narrows the look: hours that are closed and covered are left out by the metadata
    itself, so its cost does not grow with the age of the lake.
    """
    found = {}
    for view in views:
        starts = {cut.slice.start for cut in uncovered(opened.lake, view, opened.tables)}
        hours = sorted(start for start in starts if first_hour <= start <= now)
        if hours:
            found[view.name] = hours
    return found


def in_flight(instance: dg.DagsterInstance, now: datetime) -> bool:
    """
    Return whether a run of the sensor is queued or running.

    One that is older than its time limit counts as lost: its machine may have died with it.
    """
    unfinished = dg.RunsFilter(tags=OURS, statuses=IN_FLIGHT, created_after=now - RUN_TIME_MAX)
    return bool(instance.get_runs(filters=unfinished, limit=1))


def failed_runs(instance: dg.DagsterInstance, now: datetime) -> list[FailedRun]:
    """Return the sensor's runs that failed lately, with their hours."""
    lately = dg.RunsFilter(
        tags=OURS, statuses=[dg.DagsterRunStatus.FAILURE], updated_after=now - FAILURES_REMEMBERED
    )
    return [
        FailedRun(
            first=slice_of(record.dagster_run.tags[RANGE_START]).start,
            last=slice_of(record.dagster_run.tags[RANGE_END]).start,
            ended=record.update_timestamp.astimezone(UTC),
        )
        for record in instance.get_run_records(filters=lately, limit=RECENT_FAILURES_MAX)
    ]


def request_for(run: PlannedRun) -> dg.RunRequest:
    """Return the request for one run over all hours and views of the plan."""
    names = ", ".join(run.views)
    return dg.RunRequest(
        asset_selection=[dg.AssetKey(name) for name in run.views],
        tags=range_tags(run)
        | {
            WORK: "increment",
            REASON: f"{run.hours} h uncovered: {names}",
            MAX_RUNTIME: str(int(RUN_TIME_MAX.total_seconds())),
        },
    )


def range_tags(run: PlannedRun) -> dict[str, str]:
    """Return the tags by which Dagster knows a run's partitions."""
    return {RANGE_START: key_of(run.first), RANGE_END: key_of(run.last)}
