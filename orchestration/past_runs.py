"""What became of the sensor's runs, as Dagster's instance knows it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus

from orchestration.hours import slice_of
from orchestration.limits import (
    FAILURES_REMEMBERED,
    RECENT_FAILURES_MAX,
    RUN_TIME_MAX,
    RUNS_IN_FLIGHT_READ,
)
from orchestration.run_plan import OLDEST, RunInFlight
from orchestration.run_tags import LANE
from orchestration.trouble import EndedRun

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
SENSOR_TAG = "dagster/sensor_name"
"""The daemon puts it on each run that a sensor asked for."""

WAITING = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.QUEUED]
GOING = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
IN_FLIGHT = WAITING + GOING


def runs_in_flight(instance: dg.DagsterInstance, sensor: str, now: datetime) -> list[RunInFlight]:
    """
    Return the runs of a sensor that are queued or running.

    One that has been running for longer than its time limit counts as lost: its machine may have
    died with it. One that waits in the queue is in the daemon's hands, however long.
    """
    unfinished = dg.RunsFilter(tags={SENSOR_TAG: sensor}, statuses=IN_FLIGHT)
    found = []
    for record in instance.get_run_records(filters=unfinished, limit=RUNS_IN_FLIGHT_READ):
        run = record.dagster_run
        begun = record.create_timestamp.astimezone(UTC)
        if record.start_time:
            begun = datetime.fromtimestamp(record.start_time, UTC)
        if run.status in GOING and now - begun > RUN_TIME_MAX:
            continue
        first, last = _hours_of(run)
        found.append(RunInFlight(run.tags.get(LANE, OLDEST), first, last))
    return found


def ended_runs(
    instance: dg.DagsterInstance, sensor: str, views: Sequence[str], now: datetime
) -> list[EndedRun]:
    """Return the sensor's runs that failed lately, and those that went well after one failed."""
    failed = _ended(instance, sensor, DagsterRunStatus.FAILURE, now - FAILURES_REMEMBERED)
    if not failed:
        return []
    oldest = min(record.update_timestamp for record in failed).astimezone(UTC)
    well = _ended(instance, sensor, DagsterRunStatus.SUCCESS, oldest - timedelta(seconds=1))
    return [
        *(_judged(instance, record, views) for record in failed),
        *(_run(record, _views_of(record.dagster_run, views), "well") for record in well),
    ]


def _ended(
    instance: dg.DagsterInstance, sensor: str, status: DagsterRunStatus, after: datetime
) -> Sequence[dg.RunRecord]:
    filters = dg.RunsFilter(tags={SENSOR_TAG: sensor}, statuses=[status], updated_after=after)
    return instance.get_run_records(filters=filters, limit=RECENT_FAILURES_MAX)


def _judged(instance: dg.DagsterInstance, record: dg.RunRecord, views: Sequence[str]) -> EndedRun:
    """Return a failed run with the views whose steps failed; with all, if it was killed."""
    failures = instance.get_records_for_run(
        record.dagster_run.run_id, of_type=DagsterEventType.STEP_FAILURE
    )
    steps = {entry.event_log_entry.step_key for entry in failures.records}
    failed = frozenset(view for view in views if view in steps)
    if failed:
        return _run(record, failed, "failed")
    return _run(record, _views_of(record.dagster_run, views), "killed")


def _run(record: dg.RunRecord, views: frozenset[str], went: str) -> EndedRun:
    first, last = _hours_of(record.dagster_run)
    return EndedRun(views, first, last, record.update_timestamp.astimezone(UTC), went)


def _hours_of(run: dg.DagsterRun) -> tuple[datetime, datetime]:
    return slice_of(run.tags[RANGE_START]).start, slice_of(run.tags[RANGE_END]).start


def _views_of(run: dg.DagsterRun, views: Sequence[str]) -> frozenset[str]:
    """Return the views that a run had; all, when it names none."""
    if not run.asset_selection:
        return frozenset(views)
    return frozenset(key.path[-1] for key in run.asset_selection)
