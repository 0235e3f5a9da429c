"""
The sensor that turns requests of SQL into runs, and tells those who wait what became of them.

Rule: the request's row is the only state. A run carries the request's id as a tag, so a tick that
was cut short, or a daemon that was restarted, is made good by the next tick.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
from psycopg import Connection

from assets.storage.layout import SLICE_WIDTH
from assets.storage.metadata.requests import Request, forget_ended, move, open_requests
from assets.views.view import View
from orchestration.hours import key_of, pieces
from orchestration.lake_resource import LakeResource
from orchestration.limits import (
    HOURS_PER_RUN_MAX,
    REQUEST_LAUNCH_MAX,
    REQUESTS_REMEMBERED,
    RUN_TIME_MAX,
)
from orchestration.run_tags import REASON, REQUEST, REQUEST_RUNS, WORK
from orchestration.uncovered_sensor import IN_FLIGHT, MAX_RUNTIME, RANGE_END, RANGE_START

REQUESTS_SENSOR_NAME = "materialization_requests"


def requests_sensor(
    views: Sequence[View], job_name: str, *, first_hour: datetime, interval_s: int
) -> dg.SensorDefinition:
    """Return the sensor over the requests about *views*; it ticks every *interval_s* seconds."""
    names = frozenset(view.name for view in views)

    @dg.sensor(
        name=REQUESTS_SENSOR_NAME,
        job_name=job_name,
        minimum_interval_seconds=interval_s,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Turns what SQL asked for into runs, and reports on them.",
    )
    def serve_requests(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        now = datetime.now(UTC)
        runs: list[dg.RunRequest] = []
        with lake.open().lake.connection() as conn:
            forget_ended(conn, now - REQUESTS_REMEMBERED)
            for request in open_requests(conn):
                if request.state == "running":
                    report_on(context.instance, conn, request, now)
                    continue
                if request.wish.view not in names or request.wish.process_id:
                    move(conn, request.request_id, "failed", f"{request.wish.view} has no runs")
                    continue
                asked = runs_for_request(request, first_hour, now)
                runs += asked
                if asked:
                    said = f"asked Dagster for {counted(len(asked))}"
                    move(conn, request.request_id, "running", said)
                else:
                    move(conn, request.request_id, "done", "no hour of it can hold anything yet")
        if runs:
            return dg.SensorResult(run_requests=runs)
        return dg.SensorResult(skip_reason="Nothing new was asked for.")

    return serve_requests


def runs_for_request(request: Request, first_hour: datetime, now: datetime) -> list[dg.RunRequest]:
    """Return the runs over the hours of a request that are partitions."""
    wish = request.wish
    hours = []
    hour = max(wish.begin, first_hour)
    while hour < min(wish.end, now):
        hours.append(hour)
        hour += SLICE_WIDTH
    stretches = pieces(hours, HOURS_PER_RUN_MAX)
    return [
        dg.RunRequest(
            run_key=f"{request.request_id}/{request.updated_at.timestamp()}/{number}",
            asset_selection=[dg.AssetKey(wish.view)],
            tags={
                REQUEST: request.request_id,
                REQUEST_RUNS: str(len(stretches)),
                RANGE_START: key_of(piece[0]),
                RANGE_END: key_of(piece[-1]),
                WORK: "increment" if wish.action == "materialize" else "rebuild",
                REASON: wish.reason,
                MAX_RUNTIME: str(int(RUN_TIME_MAX.total_seconds())),
            },
        )
        for number, piece in enumerate(stretches)
    ]


def report_on(
    instance: dg.DagsterInstance, conn: Connection, request: Request, now: datetime
) -> None:
    """Move a running request on when all its runs have ended, or when they never began."""
    runs = instance.get_runs(filters=dg.RunsFilter(tags={REQUEST: request.request_id}))
    if not runs:
        if now > request.updated_at + REQUEST_LAUNCH_MAX:
            move(conn, request.request_id, "requested", "no run was launched: asking again")
        return
    unfinished = [run for run in runs if run.status in IN_FLIGHT]
    if unfinished or len(runs) < int(runs[0].tags[REQUEST_RUNS]):
        return
    failed = [run for run in runs if run.status != dg.DagsterRunStatus.SUCCESS]
    if failed:
        named = ", ".join(run.run_id for run in failed)
        move(conn, request.request_id, "failed", f"failed, see the Dagster UI: run {named}")
        return
    move(conn, request.request_id, "done", f"done by {counted(len(runs))}")


def counted(runs: int) -> str:
    """Return a number of runs in words."""
    return "a run" if runs == 1 else f"{runs} runs"
