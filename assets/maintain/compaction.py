"""Many small files of a slice become few sorted ones; rows and coverage stay what they are."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from pydantic import Field

from assets.maintain.tables import SliceFiles, slices_of, snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.layout import Slice
from assets.storage.objects.limits import OBJECT_BYTES_MAX
from assets.storage.tables import TableSpec, compact_slice
from assets.storage.tables.compact import CompactReport, small_files
from assets.storage.tables.limits import MERGE_BYTES, TARGET_BYTES
from assets.storage.tables.rewriting import Budget
from assets.views.physical import table_spec
from assets.wording import size_text


class CompactionSettings(TaskSettings):
    """What to merge."""

    views: list[str] = Field(default=[], description="Names of views; empty: all.")
    files_min: int = Field(
        default=4, ge=2, description="A slice with fewer small files is left as it is."
    )
    quiet_hours: int = Field(
        default=1,
        ge=0,
        description="Slices whose hour ended less than so many hours ago may still grow, as does"
        " the running hour: of these, only what has piled up is merged.",
    )
    growing_files_min: int = Field(
        default=24, ge=2, description="The same for slices that may still grow."
    )
    target_mb: int = Field(
        default=TARGET_BYTES // 2**20,
        ge=1,
        le=OBJECT_BYTES_MAX // 2**20 // 2,
        description="Size of the files that are made, in MiB; a file of a quarter of it or more is"
        " not small.",
    )
    memory_mb: int = Field(
        default=MERGE_BYTES // 2**20,
        ge=16,
        description="Rows held in memory at once, in MiB; of larger slices the rest waits in"
        " the machine's temporary folder. The process takes up to twice as much.",
    )

    @property
    def budget(self) -> Budget:
        """How large files become and what that may take."""
        return Budget(self.target_mb * 2**20, self.memory_mb * 2**20)


def plan(site: Site, settings: CompactionSettings) -> Iterator[Step]:
    """Return a step for each slice worth merging, those with the most small files first."""
    found: list[tuple[TableSpec, SliceFiles, bool]] = []
    settled = site.now - timedelta(hours=settings.quiet_hours)
    for view in site.views.chosen(settings.views):
        snapshot = snapshot_of(site, view)
        small = small_files(snapshot.files, settings.budget.target_bytes)
        for one in slices_of(snapshot, small):
            growing = one.slice.end > settled
            if one.files >= (settings.growing_files_min if growing else settings.files_min):
                found.append((table_spec(view), one, growing))
    for spec, one, growing in sorted(found, key=lambda worth: -worth[1].files):
        yield _step(site, spec, one, settings.budget, growing=growing)


def _step(site: Site, spec: TableSpec, one: SliceFiles, budget: Budget, *, growing: bool) -> Step:
    anywhere = partial(compacted, spec, one.slice, budget, growing)
    return Step(
        f"{spec.name} {one.slice.owner_id}",
        f"merge {one.files} files of {size_text(one.bytes)}, {one.rows:,} rows",
        partial(anywhere, site),
        {"files": one.files, "bytes": one.bytes, "rows": one.rows},
        anywhere,
    )


def compacted(spec: TableSpec, slice_: Slice, budget: Budget, growing: bool, site: Site) -> Done:
    """Merge the files of a slice of a table."""
    return told(compact_slice(site.lake, spec, slice_, budget, growing=growing))


def told(report: CompactReport) -> Done:
    """Return what a merge of files came to, as a step says it."""
    if report.skipped:
        return Done(f"left as it is: {report.skipped}")
    return Done(
        f"{report.files_before} files of {size_text(report.bytes_before)} became"
        f" {report.files_after} of {size_text(report.bytes_after)}",
        {
            "rows": report.rows,
            "files removed": report.files_before - report.files_after,
            "bytes saved": report.bytes_before - report.bytes_after,
        },
    )


COMPACTION = Task(
    name="compaction",
    doc="Merges the small files of slices into sorted ones, in bounded memory: of slices that have"
    " ended all, of the running hour what has piled up. Queries and appends go on meanwhile.",
    settings=CompactionSettings,
    plan=plan,
    cron="17,47 * * * *",
)
