"""Files that left the tables are deleted once no query and no write can still need them."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from assets.maintain.tables import snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.tables import NO_TABLE, TableSpec, vacuum
from assets.storage.tables.limits import VACUUM_KEEP_MIN
from assets.views.physical import table_spec


class VacuumSettings(TaskSettings):
    """What to delete."""

    views: list[str] = Field(default=[], description="Names of views; empty: all.")
    keep_hours: int = Field(
        default=2,
        ge=int(VACUUM_KEEP_MIN / timedelta(hours=1)),
        description="Files that left a table less than so many hours ago stay: longer than any"
        " query or write takes.",
    )


def plan(site: Site, settings: VacuumSettings) -> Iterator[Step]:
    """Return a step for each table."""
    for view in site.views.chosen(settings.views):
        snapshot = snapshot_of(site, view)
        if snapshot.version != NO_TABLE:
            yield _step(site, table_spec(view), settings.keep_hours)


def _step(site: Site, spec: TableSpec, keep_hours: int) -> Step:
    def do() -> Done:
        deleted = vacuum(site.lake, spec, timedelta(hours=keep_hours))
        return Done(f"{deleted} files deleted", {"files deleted": deleted})

    return Step(spec.name, f"delete what left the table over {keep_hours} h ago", do)


VACUUMING = Task(
    name="vacuum",
    doc="Deletes the files that compactions and rebuilds have replaced, and those of writes that"
    " never landed.",
    settings=VacuumSettings,
    plan=plan,
    cron="41 3 * * *",
)
