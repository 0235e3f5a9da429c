"""
Dagster's own history kept small: what its runs said long ago is forgotten.

Rule: what an asset's page stands on stays: the newest materialization of each partition, and the
newest result of each check. A run that made one of them loses only its log; those of sensors of
which no event is left go, and so do all old ones of maintenance and checks, and old observations.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import dagster as dg
from pydantic import Field

from assets.maintain.task import AnyTask, Done, Site, Step, Task, TaskSettings
from orchestration.dagster_tables import EventLog
from orchestration.history_rows import KINDS, OldRows, without_events
from orchestration.limits import RUNS_FORGOTTEN_PER_STEP
from orchestration.past_runs import SENSOR_TAG
from orchestration.requests_sensor import REQUESTS_SENSOR_NAME
from orchestration.uncovered_sensor import SENSOR_NAME

NAME = "dagster_history"

ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


class HistorySettings(TaskSettings):
    """What to forget."""

    keep_days: int = Field(
        default=14,
        ge=1,
        description="Runs of maintenance and checks that ended longer ago are forgotten, and the"
        " logs of all other runs, what was observed of lags, and what later materializations and"
        " checks have replaced.",
    )


def history_task(instance: dg.DagsterInstance | None, jobs: Sequence[str]) -> AnyTask:
    """Return the task for an instance (None: none, nothing to do); *jobs* are forgotten whole."""

    def plan(site: Site, settings: HistorySettings) -> Iterator[Step]:
        if instance is None:
            return
        before = site.now - timedelta(days=settings.keep_days)
        for job in jobs:
            step = _runs_step(instance, job, before)
            if step is not None:
                yield step
        yield from _row_steps(instance, before)

    return Task(
        name=NAME,
        doc="Forgets the runs of maintenance and checks that ended long ago, and what other runs"
        " logged then, and results of checks and materializations that newer ones have replaced."
        " What assets show of each hour stays.",
        settings=HistorySettings,
        plan=plan,
        cron="53 4 * * *",
    )


def _runs_step(instance: dg.DagsterInstance, job: str, before: datetime) -> Step | None:
    ended = dg.RunsFilter(job_name=job, statuses=ENDED, updated_before=before)
    runs = instance.get_runs(filters=ended, limit=RUNS_FORGOTTEN_PER_STEP)
    if not runs:
        return None
    numbers = {"runs forgotten": len(runs)}

    def do() -> Done:
        for run in runs:
            instance.delete_run(run.run_id)
        return Done(f"{len(runs)} runs forgotten", numbers)

    return Step(f"runs of {job}", f"forget {len(runs)} that ended long ago", do, numbers)


def _row_steps(instance: dg.DagsterInstance, before: datetime) -> Iterator[Step]:
    storage = instance.event_log_storage
    if not isinstance(storage, EventLog):
        return
    for kind in KINDS:
        count = kind.count(storage, before)
        if count:
            yield _rows_step(storage, kind, before, count)
    empty = _empty_runs(instance, storage, before)
    if empty:
        yield _empty_runs_step(instance, empty)


def _rows_step(storage: EventLog, kind: OldRows, before: datetime, count: int) -> Step:
    def do() -> Done:
        deleted = kind.delete(storage, before)
        return Done(f"{deleted:,} {kind.name} forgotten", {f"{kind.name} forgotten": deleted})

    return Step(kind.name, f"forget {count:,}", do, {f"{kind.name} forgotten": count})


def _empty_runs(instance: dg.DagsterInstance, storage: EventLog, before: datetime) -> list[str]:
    """Return runs of sensors without any event, at most `RUNS_FORGOTTEN_PER_STEP`."""
    tags = {SENSOR_TAG: [SENSOR_NAME, REQUESTS_SENSOR_NAME]}
    ended = dg.RunsFilter(tags=tags, statuses=ENDED, updated_before=before)
    empty: list[str] = []
    cursor = None
    while len(empty) < RUNS_FORGOTTEN_PER_STEP:
        run_ids = instance.get_run_ids(ended, cursor, limit=RUNS_FORGOTTEN_PER_STEP)
        if not run_ids:
            break
        empty += without_events(storage, run_ids)
        cursor = run_ids[-1]
    return empty[:RUNS_FORGOTTEN_PER_STEP]


def _empty_runs_step(instance: dg.DagsterInstance, empty: Sequence[str]) -> Step:
    numbers = {"empty runs forgotten": len(empty)}

    def do() -> Done:
        for run_id in empty:
            instance.delete_run(run_id)
        return Done(f"{len(empty)} empty runs forgotten", numbers)

    return Step("empty runs", f"forget {len(empty)} of which no event is left", do, numbers)
