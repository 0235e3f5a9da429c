"""Many small files of a slice become one sorted file; rows and coverage stay what they are."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from assets.maintain.tables import SliceFiles, chosen, megabytes, slices_of, snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.tables import TableSpec, compact_slice
from assets.storage.tables.limits import COMPACT_ROWS
from assets.views.physical import table_spec


class CompactionSettings(TaskSettings):
    """What to merge."""

    views: list[str] = Field(default=[], description="Names of views; empty: all.")
    files_min: int = Field(
        default=4, ge=2, description="A slice with fewer files is left as it is."
    )
    quiet_hours: int = Field(
        default=1,
        ge=0,
        description="Slices whose hour ended less than so many hours ago are left alone: they may"
        " still grow.",
    )


def plan(site: Site, settings: CompactionSettings) -> Iterator[Step]:
    """Return a step for each slice worth merging, those with the most files first."""
    found: list[tuple[TableSpec, SliceFiles]] = []
    settled = site.now - timedelta(hours=settings.quiet_hours)
    for view in chosen(settings.views):
        found += (
            (table_spec(view), one)
            for one in slices_of(snapshot_of(site, view))
            if one.files >= settings.files_min
            and one.rows <= COMPACT_ROWS
            and one.slice.end <= settled
        )
    for spec, one in sorted(found, key=lambda pair: -pair[1].files):
        yield _step(site, spec, one)


def _step(site: Site, spec: TableSpec, one: SliceFiles) -> Step:
    def do() -> Done:
        report = compact_slice(site.lake, spec, one.slice)
        if report.skipped:
            return Done(f"left as it is: {report.skipped}")
        return Done(
            f"{report.files_before} files of {megabytes(report.bytes_before)} became"
            f" {report.files_after} of {megabytes(report.bytes_after)}",
            {
                "rows": report.rows,
                "files removed": report.files_before - report.files_after,
                "bytes saved": report.bytes_before - report.bytes_after,
            },
        )

    return Step(
        f"{spec.name} {one.slice.owner_id}",
        f"merge {one.files} files of {megabytes(one.bytes)}, {one.rows:,} rows",
        do,
        {"files": one.files, "bytes": one.bytes, "rows": one.rows},
    )


COMPACTION = Task(
    name="compaction",
    doc="Merges the small files of slices that have ended into one sorted file each. It reads and"
    " writes those slices once; queries and appends go on meanwhile.",
    settings=CompactionSettings,
    plan=plan,
    cron="17 * * * *",
)
