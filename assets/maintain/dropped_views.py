"""Tables of views that were dropped are removed, some time later."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from assets.maintain.limits import OBJECTS_PER_DELETE
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.defined_views import (
    DroppedTable,
    begin_removal,
    changing,
    dropped_tables,
    end_removal,
)
from assets.storage.tables.removal import remove_table


class DroppedViewsSettings(TaskSettings):
    """How long to wait."""

    keep_hours: int = Field(
        default=24,
        ge=1,
        description="Tables that were dropped less than so many hours ago stay: longer than any"
        " query takes, and as long as somebody may want the view back.",
    )


def plan(site: Site, settings: DroppedViewsSettings) -> Iterator[Step]:
    """Return a step for each table that no view uses any more."""
    before = site.now - timedelta(hours=settings.keep_hours)
    with site.lake.connection() as conn:
        found = dropped_tables(conn, before)
    for dropped in found:
        yield _step(site, dropped)


def _step(site: Site, dropped: DroppedTable) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn, changing(conn):
            if not begin_removal(conn, dropped):
                return Done("the view is defined again: its table stays")
        objects, size = remove_table(site.lake, dropped.table, OBJECTS_PER_DELETE)
        with site.lake.connection() as conn:
            end_removal(conn, dropped)
        return Done(f"{objects:,} objects deleted", {"objects deleted": objects, "bytes": size})

    action = f"remove the table of the view, which was dropped {dropped.dropped_at:%Y-%m-%d %H:%M}"
    return Step(dropped.table, action, do)


DROPPED_VIEWS = Task(
    name="dropped_views",
    doc="Removes the tables of views that operators have dropped, or defined anew with columns of"
    " other types.",
    settings=DroppedViewsSettings,
    plan=plan,
    cron="11 4 * * *",
)
