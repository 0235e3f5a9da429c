"""Rows of processes and streams of which nothing is left are forgotten, some time afterwards."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import Field

from assets.maintain.covered import check_definitions
from assets.maintain.limits import PROCESS_AGE_MIN, PROCESSES_PER_STEP, STEPS_MAX
from assets.maintain.tables import slices_of, snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.idle import (
    IdleProcess,
    forget_processes,
    idle_processes,
    mark_idle,
)


class ProcessSweepSettings(TaskSettings):
    """How careful to be."""

    grace_days: int = Field(
        default=30,
        ge=1,
        description="A process stays so many days after its last raw block was seen to be gone. One"
        " that lives and sends nothing for longer would not be known any more.",
    )


def plan(site: Site, settings: ProcessSweepSettings) -> Iterator[Step]:
    """Return a step that marks processes without blocks, and steps that forget what was marked."""
    yield _marking(site)
    before = site.now - timedelta(days=settings.grace_days)
    with site.lake.connection() as conn:
        found = idle_processes(conn, before, PROCESSES_PER_STEP * STEPS_MAX)
    if not found:
        return
    oldest, in_tables = _rows_of(site)
    unneeded = [
        one
        for one in found
        if (oldest is None or one.since < oldest) and one.process_id not in in_tables
    ]
    for first in range(0, len(unneeded), PROCESSES_PER_STEP):
        yield _forgetting(site, unneeded[first : first + PROCESSES_PER_STEP])


def _rows_of(site: Site) -> tuple[datetime | None, frozenset[str]]:
    """
    Return since when tables have rows, and the processes that have tables of their own.

    All rows of a process came before it was idle, so tables that begin later have none of it.
    """
    starts: list[datetime] = []
    owners: set[str] = set()
    for view in site.views.materialized:
        for one in slices_of(snapshot_of(site, view)):
            if view.scope == "process":
                owners.add(one.slice.process_id)
            else:
                starts.append(one.slice.start)
    return min(starts, default=None), frozenset(owners)


def _marking(site: Site) -> Step:
    before = site.now - PROCESS_AGE_MIN

    def do() -> Done:
        with site.lake.connection() as conn:
            marked = mark_idle(conn, before)
        return Done(f"{marked:,} processes marked", {"processes marked": marked})

    return Step("processes", "mark those without any raw block", do)


def _forgetting(site: Site, processes: Sequence[IdleProcess]) -> Step:
    def do() -> Done:
        check_definitions(site)  # a table that nobody can look into may have their rows
        with site.lake.connection() as conn:
            gone = forget_processes(conn, [one.process_id for one in processes])
        return Done(f"{gone:,} processes forgotten", {"processes": gone})

    action = f"forget {len(processes):,} of which neither blocks nor rows are left"
    return Step("processes", action, do, {"processes": len(processes)})


PROCESS_SWEEP = Task(
    name="process_sweep",
    doc="Forgets processes, and their streams, of which no raw block is left since so many days and"
    " no table has rows. Where a view is kept for ever, they are too.",
    settings=ProcessSweepSettings,
    plan=plan,
    cron="31 4 * * *",
)
