"""
The sensor that turns requests of SQL into runs, and tells those who wait what became of them.

Rule: the request's row is the only state. A run carries the request's id and attempt as tags, so a
tick that was cut short, or a daemon that was restarted, is made good by the next tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from psycopg import Connection

from assets.storage.metadata.requests import (
    Request,
    advance,
    forget_ended,
    move,
    note_look,
    open_requests,
)
from orchestration.lake_resource import LakeResource, OpenLake
from orchestration.limits import (
    REQUEST_ATTEMPTS_MAX,
    REQUEST_LAUNCH_MAX,
    REQUEST_PARTIAL_MAX,
    REQUESTS_REMEMBERED,
    REQUESTS_SERVED_MAX,
)
from orchestration.progress import built_by
from orchestration.request_runs import Served, hours_left, refusal, runs_of
from orchestration.run_failures import reason_of
from orchestration.run_tags import REQUEST, REQUEST_ATTEMPT, REQUEST_RUNS
from orchestration.uncovered_sensor import IN_FLIGHT

REQUESTS_SENSOR_NAME = "materialization_requests"


def requests_sensor(
    served: Served,
    jobs: Sequence[Any],
    *,
    interval_s: int,
) -> dg.SensorDefinition:
    """Return the sensor over the requests, whose runs are of *jobs*; it ticks so often."""

    @dg.sensor(
        name=REQUESTS_SENSOR_NAME,
        jobs=jobs,
        minimum_interval_seconds=interval_s,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Turns what SQL asked for into runs, and reports on them.",
    )
    def serve_requests(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        now = datetime.now(UTC)
        opened = lake.open()
        with opened.lake.connection() as conn:
            note_look(conn)
            forget_ended(conn, now - REQUESTS_REMEMBERED)
            runs = Tick(context.instance, opened, conn, served, now).serve(open_requests(conn))
        if runs:
            return dg.SensorResult(run_requests=runs)
        return dg.SensorResult(skip_reason="Nothing new was asked for.")

    return serve_requests


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at the requests, and what it works with."""

    instance: dg.DagsterInstance
    opened: OpenLake
    conn: Connection
    served: Served
    now: datetime

    def serve(self, requests: Sequence[Request]) -> list[dg.RunRequest]:
        """Move every request on; return the runs that are to be launched."""
        under_way = [request for request in requests if request.state == "running"]
        for request in under_way:
            self.report_on(request)
        runs: list[dg.RunRequest] = []
        places = REQUESTS_SERVED_MAX - len(under_way)
        for request in requests:
            if request.state == "requested" and places > 0:
                asked = self.begin(request)
                runs += asked
                places -= bool(asked)
        return runs

    def begin(self, request: Request) -> list[dg.RunRequest]:
        """Ask for the runs of a new request, or end it if there is nothing to do."""
        request_id, wish = request.request_id, request.wish
        refused = refusal(self.served, wish)
        if refused:
            move(self.conn, request_id, "failed", refused)
            return []
        hours = hours_left(self.opened, self.served, wish, self.now)
        rebuilt = self._rebuilt_before(request)
        if rebuilt and set(hours) <= rebuilt:
            move(self.conn, request_id, "done", "done by earlier attempts")
            return []
        hours = [hour for hour in hours if hour not in rebuilt]
        if not hours:
            nothing = (
                "nothing is missing: the table holds every settled block of these hours"
                if wish.action == "materialize"
                else "no hour of it can hold anything yet"
            )
            move(self.conn, request_id, "done", nothing)
            return []
        asked = runs_of(request, self.served, hours)
        again = f", attempt {request.attempt + 1}" if request.attempt else ""
        over = hours_in_words(len(hours))
        said = f"asked Dagster for {runs_in_words(len(asked))} over {over}{again}"
        total = request.hours_total or len(hours)
        done = max(0, total - len(hours))
        advance(self.conn, request_id, hours_total=total, hours_done=done, message=said)
        move(self.conn, request_id, "running", "")
        return asked

    def _rebuilt_before(self, request: Request) -> set[datetime]:
        """Return the hours that earlier attempts at a rebuild have recorded."""
        if request.wish.action != "rebuild" or not request.attempt:
            return set()
        runs = self.instance.get_runs(filters=dg.RunsFilter(tags={REQUEST: request.request_id}))
        view = self.served.views[request.wish.view]
        built = built_by(self.instance, self.opened, view, [run.run_id for run in runs])
        return {slice_.start for slice_ in built}

    def report_on(self, request: Request) -> None:
        """Move a running request on when all its runs have ended, or when they never began."""
        tags = {REQUEST: request.request_id, REQUEST_ATTEMPT: str(request.attempt)}
        runs = self.instance.get_runs(filters=dg.RunsFilter(tags=tags))
        if not runs:
            if self.now > request.updated_at + REQUEST_LAUNCH_MAX:
                self._again(request, "no run was launched")
            return
        total = int(runs[0].tags[REQUEST_RUNS])
        ended = [run for run in runs if run.status not in IN_FLIGHT]
        if len(ended) < max(total, len(runs)):
            if len(ended) == len(runs) and self._waited_long(request, tags):
                gone = f"{total - len(runs)} of its {runs_in_words(total)}"
                why = "deleted in the Dagster UI or never launched; what the others did stays"
                said = f"failed: {gone} cannot be found: {why}"
                move(self.conn, request.request_id, "failed", said)
                return
            self._tell_progress(request, len(ended), total)
            return
        self._end(request, ended)

    def _waited_long(self, request: Request, tags: dict[str, str]) -> bool:
        """Return whether runs that cannot be found will not come any more."""
        records = self.instance.get_run_records(filters=dg.RunsFilter(tags=tags))
        last = max([request.updated_at, *(record.update_timestamp for record in records)])
        return self.now > last + REQUEST_PARTIAL_MAX

    def _tell_progress(self, request: Request, ended: int, runs: int) -> None:
        hours = request.hours_total
        if request.wish.action == "materialize":
            left = hours_left(self.opened, self.served, request.wish, self.now)
            done = max(request.hours_done, hours - len(left))
        else:
            done = max(request.hours_done, hours * ended // runs)
        said = f"{ended} of {runs_in_words(runs)} done, {done} of {hours_in_words(hours)}"
        advance(self.conn, request.request_id, hours_total=hours, hours_done=done, message=said)

    def _end(self, request: Request, runs: Sequence[dg.DagsterRun]) -> None:
        request_id = request.request_id
        cancelled = [run for run in runs if run.status == dg.DagsterRunStatus.CANCELED]
        failed = [run for run in runs if run.status == dg.DagsterRunStatus.FAILURE]
        if cancelled:
            named = ", ".join(run.run_id for run in cancelled)
            said = f"cancelled: somebody ended run {named} in Dagster; what it had done stays"
            move(self.conn, request_id, "cancelled", said)
        elif failed:
            reasons = {run.run_id: reason_of(self.instance, run.run_id) for run in failed}
            if None in reasons.values():
                lost = [run_id for run_id, reason in reasons.items() if reason is None]
                self._again(request, f"run {', '.join(lost)} was lost before it ended")
                return
            told = "; ".join(f"run {run_id}: {reason}" for run_id, reason in reasons.items())
            move(self.conn, request_id, "failed", f"failed, see the Dagster UI: {told}")
        else:
            total = request.hours_total
            said = f"done by {runs_in_words(len(runs))}"
            advance(self.conn, request_id, hours_total=total, hours_done=total, message=said)
            move(self.conn, request_id, "done", "")

    def _again(self, request: Request, why: str) -> None:
        if request.attempt >= REQUEST_ATTEMPTS_MAX:
            said = f"failed: {why}; {request.attempt} attempts were made, see the Dagster UI"
            move(self.conn, request.request_id, "failed", said)
        else:
            move(self.conn, request.request_id, "requested", f"{why}: asking again")


def runs_in_words(runs: int) -> str:
    """Return a number of runs in words."""
    return "a run" if runs == 1 else f"{runs} runs"


def hours_in_words(hours: int) -> str:
    """Return a number of hours in words."""
    return "an hour" if hours == 1 else f"{hours} hours"
