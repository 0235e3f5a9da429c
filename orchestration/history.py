"""
Dagster's own history kept small: what its runs said long ago is forgotten.

Rule: what an asset's page stands on stays. Materializations are events of runs, so a run that made
some keeps them, and loses only its log; runs of maintenance and checks, which make none, go whole.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log import SqlEventLogStorage, SqlEventLogStorageTable
from pydantic import Field

from assets.maintain.task import AnyTask, Done, Site, Step, Task, TaskSettings
from orchestration.limits import RUNS_FORGOTTEN_PER_STEP

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
        " logs of all other runs.",
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
        events = _old_events(instance, before)
        if events:
            yield _events_step(instance, before, events)

    return Task(
        name=NAME,
        doc="Forgets the runs of maintenance and checks that ended long ago, and what other runs"
        " logged then. What assets show of their materializations stays.",
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


def _old_events(instance: dg.DagsterInstance, before: datetime) -> int:
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return 0
    with storage.index_connection() as conn:
        query = sa.select(sa.func.count()).where(_logged(before))
        return int(conn.execute(query).scalar_one())


def _events_step(instance: dg.DagsterInstance, before: datetime, events: int) -> Step:
    numbers = {"log lines forgotten": events}

    def do() -> Done:
        storage = instance.event_log_storage
        assert isinstance(storage, SqlEventLogStorage), "it was when this was planned"
        with storage.index_connection() as conn:
            conn.execute(sa.delete(SqlEventLogStorageTable).where(_logged(before)))
        return Done(f"{events:,} log lines forgotten", numbers)

    return Step("logs of runs", f"forget {events:,} lines", do, numbers)


def _logged(before: datetime) -> sa.ColumnElement[bool]:
    """Return the condition on what runs logged, apart from what they say of assets."""
    columns = SqlEventLogStorageTable.c
    return sa.and_(columns.asset_key.is_(None), columns.timestamp < before.replace(tzinfo=None))
