"""The hours of a day that is over become one place in the table, when they are small."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pydantic import Field

from assets.maintain.compaction import told
from assets.maintain.tables import slices_of, snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.materialize import uncovered
from assets.storage.layout import Slice
from assets.storage.metadata.closings import close_hours
from assets.storage.objects.limits import OBJECT_BYTES_MAX
from assets.storage.tables import Snapshot, TableSpec, merge_day
from assets.storage.tables.limits import MERGE_BYTES
from assets.storage.tables.merge_day import files_of_day, why_not
from assets.storage.tables.rewriting import Budget
from assets.views.physical import table_spec
from assets.views.view import View
from assets.wording import size_text


class DayMergeSettings(TaskSettings):
    """Which days to merge."""

    views: list[str] = Field(default=[], description="Names of views; empty: all.")
    quiet_hours: int = Field(
        default=2, ge=0, description="Days that ended less than so many hours ago are left alone."
    )
    day_mb: int = Field(
        default=64,
        ge=1,
        le=OBJECT_BYTES_MAX // 2**20 // 2,
        description="A day of more than so many MiB stays in hours: their files are large enough.",
    )
    memory_mb: int = Field(
        default=MERGE_BYTES // 2**20,
        ge=16,
        description="Rows held in memory at once, in MiB; the process takes up to twice as much.",
    )

    @property
    def budget(self) -> Budget:
        """How large a merged day becomes and what that may take."""
        return Budget(self.day_mb * 2**20, self.memory_mb * 2**20)


def plan(site: Site, settings: DayMergeSettings) -> Iterator[Step]:
    """Return a step for each day worth merging, the oldest first, view by view."""
    with site.lake.connection() as conn:
        closings = close_hours(conn)
    until = site.now - timedelta(hours=settings.quiet_hours)
    for view in site.views.chosen(settings.views):
        snapshot = snapshot_of(site, view)
        days = sorted({one.slice.day for one in slices_of(snapshot)})
        over = [day for day in days if day.end <= until]
        for day in _complete(site, view, snapshot, over, closings) if over else []:
            files = files_of_day(snapshot, day)
            if not why_not(snapshot, files, settings.budget):
                numbers = {
                    "files": files.height,
                    "bytes": int(files["size_bytes"].sum()),
                    "rows": int(files["num_records"].sum()),
                }
                yield _step(site, table_spec(view), day, settings.budget, numbers)


def _complete(
    site: Site,
    view: View,
    snapshot: Snapshot,
    days: list[Slice],
    closings: Mapping[datetime, int],
) -> Iterator[Slice]:
    """Yield the days of which all hours are closed, and covered as far as they have blocks."""
    lacking = {cut.slice.day.start for cut in uncovered(site.lake, view, site.tables)}
    owned = snapshot.owned()
    for day in days:
        covered = ((hour, owned[hour][1]) for hour in day.hours if hour in owned)
        if day.start not in lacking and all(
            hour.start in closings and closings[hour.start] <= position
            for hour, position in covered
        ):
            yield day


def _step(
    site: Site, spec: TableSpec, day: Slice, budget: Budget, numbers: Mapping[str, int]
) -> Step:
    def do() -> Done:
        return told(merge_day(site.lake, spec, day, budget))

    action = (
        f"merge {numbers['files']} files of {size_text(numbers['bytes'])},"
        f" {numbers['rows']:,} rows, into one day"
    )
    return Step(f"{spec.name} {day.owner_id}", action, do, numbers)


DAY_MERGE = Task(
    name="day_merge",
    doc="Merges the hours of days that are over into one file each, where they are small: a small"
    " lake keeps one file a day and view and not 24. Hours can still be rebuilt one by one.",
    settings=DayMergeSettings,
    plan=plan,
    cron="23 3 * * *",
)
