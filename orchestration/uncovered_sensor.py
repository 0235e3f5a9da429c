"""
The sensor that asks for runs over hours whose tables miss settled blocks.

It never decides what SQL sees (the tail does that) and may be late, off or run twice without harm:
what a table holds stands in its own Delta log, so a run finds for itself what is left to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.materialize import Backlog, Gap, backlog
from assets.storage.metadata.pace import paces
from assets.views.view import View
from assets.wording import size_text
from orchestration.hours import key_of
from orchestration.lag_events import due, lag_observations
from orchestration.lake_resource import LakeResource, OpenLake
from orchestration.limits import RUN_TIME_MAX
from orchestration.past_runs import (
    IN_FLIGHT,
    RANGE_END,
    RANGE_START,
    SENSOR_TAG,
    ended_runs,
    runs_in_flight,
)
from orchestration.run_plan import PlannedRun, runs_for
from orchestration.run_size import Pacing
from orchestration.run_tags import LANE, REASON, STOP_AFTER, WORK
from orchestration.settings import OrchestrationSettings

__all__ = ["IN_FLIGHT", "MAX_RUNTIME", "RANGE_END", "RANGE_START", "SENSOR_NAME", "SENSOR_TAG"]

SENSOR_NAME = "uncovered_slices"
MAX_RUNTIME = "dagster/max_runtime"


def uncovered_slices_sensor(
    views: Sequence[View], job_name: str, settings: OrchestrationSettings
) -> dg.SensorDefinition:
    """Return the sensor over *views*."""
    names = frozenset(view.name for view in views)

    @dg.sensor(
        name=SENSOR_NAME,
        job_name=job_name,
        minimum_interval_seconds=settings.sensor_interval_s,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for runs over the hours whose tables miss settled blocks.",
    )
    def ask_for_runs(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        now = datetime.now(UTC)
        opened = lake.open()
        # A view may have been dropped, or defined anew, since this location was loaded.
        known = [view for view in opened.views.continuous if view.name in names]
        tick = look(opened, known, settings)
        runs, reason = tick.plan(context.instance, settings.first_hour, now)
        told_at = _time_of(context.cursor)
        tell = due(tick.backlogs, told_at, 2 * tick.pacing.worth_age, now)
        return dg.SensorResult(
            run_requests=[request_for(run, settings.run_target_s) for run in runs] or None,
            skip_reason=None if runs else reason,
            asset_events=lag_observations(tick.backlogs, now) if tell else [],
            cursor=now.isoformat() if tell else context.cursor,
        )

    return ask_for_runs


@dataclass(frozen=True, slots=True)
class Tick:
    """What a tick has found: what each table lacks, and how fast runs are."""

    backlogs: Mapping[str, Backlog]
    pacing: Pacing

    def plan(
        self, instance: dg.DagsterInstance, first_hour: datetime, now: datetime
    ) -> tuple[list[PlannedRun], str]:
        """Return the runs to ask for; without any, also why."""
        missing = missing_hours(self.backlogs, first_hour, now)
        if not missing:
            return [], "All settled blocks are in the tables."
        in_flight = runs_in_flight(instance, SENSOR_NAME, now)
        ended = ended_runs(instance, SENSOR_NAME, list(self.backlogs), now)
        runs = runs_for(missing, pacing=self.pacing, in_flight=in_flight, ended=ended, now=now)
        waiting = ", ".join(f"{len(hours)} h of {view}" for view, hours in missing.items())
        if in_flight:
            return runs, f"Runs asked for before are not done yet: {waiting}."
        if ended:
            return runs, f"Hours that failed wait for a retry, or are not worth a run: {waiting}."
        return runs, f"Not worth a run yet, queries read the tail: {waiting}."


def look(opened: OpenLake, views: Sequence[View], settings: OrchestrationSettings) -> Tick:
    """
    Return what the tables of *views* lack now.

    No cursor narrows the look: hours that are closed and covered are left out by the metadata
    itself, so its cost does not grow with the age of the lake.
    """
    with opened.lake.connection() as conn:
        measured = paces(conn)
    pacing = Pacing(
        target_s=settings.run_target_s,
        worth_bytes=settings.increment_bytes,
        worth_age=timedelta(seconds=settings.increment_age_s),
        paces=measured,
    )
    return Tick({view.name: backlog(opened.lake, view, opened.tables) for view in views}, pacing)


def missing_hours(
    backlogs: Mapping[str, Backlog], first_hour: datetime, now: datetime
) -> dict[str, dict[datetime, Gap]]:
    """
    Return per view the gaps in those hours that are partitions.

    An hour that has begun by Postgres's clock but not by ours is left to the next tick.
    """
    found = {}
    for view, lacked in backlogs.items():
        gaps = {gap.slice.start: gap for gap in lacked.gaps if first_hour <= gap.slice.start <= now}
        if gaps:
            found[view] = gaps
    return found


def request_for(run: PlannedRun, target_s: float) -> dg.RunRequest:
    """Return the request for one run over all hours and views of the plan."""
    return dg.RunRequest(
        asset_selection=[dg.AssetKey(name) for name in run.views],
        asset_check_keys=[],  # left out, it would mean all checks of these assets
        tags=range_tags(run)
        | {
            WORK: "increment",
            LANE: run.lane,
            REASON: reason_for(run),
            STOP_AFTER: str(target_s),
            MAX_RUNTIME: str(int(RUN_TIME_MAX.total_seconds())),
        },
    )


def reason_for(run: PlannedRun) -> str:
    """Return in a line why the run is asked for."""
    names = ", ".join(run.views)
    since = run.since.strftime("%Y-%m-%d %H:%M:%S")
    return (
        f"{run.hours} h uncovered ({run.lane}), {size_text(run.bytes)} since {since} UTC,"
        f" about {run.seconds:.0f} s of work: {names}"
    )


def range_tags(run: PlannedRun) -> dict[str, str]:
    """Return the tags by which Dagster knows a run's partitions."""
    return {RANGE_START: key_of(run.first), RANGE_END: key_of(run.last)}


def _time_of(cursor: str | None) -> datetime | None:
    """Return when the lag was last told, which is all that the cursor holds."""
    try:
        return datetime.fromisoformat(cursor) if cursor else None
    except ValueError:
        return None
