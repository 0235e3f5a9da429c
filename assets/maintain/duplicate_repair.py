"""Slices in which blocks have more rows than events are rebuilt from the raw blocks."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from pydantic import Field

from assets.errors import LakeError
from assets.maintain.reconciling import has_blocks, reconciled
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.materialize import rebuild, rebuildable, tell_of_build
from assets.storage.layout import Slice
from assets.views.view import View


class NotRebuildable(LakeError):
    """Rows are there twice, and raw blocks of their slice are gone."""

    code = "not_rebuildable"


class DuplicateRepairSettings(TaskSettings):
    """Where to look."""

    views: list[str] = Field(default=[], description="Names of views; empty: all.")
    slices: int = Field(
        default=48, ge=1, description="How many slices of each table to count, the newest."
    )


def plan(site: Site, settings: DuplicateRepairSettings) -> Iterator[Step]:
    """Return a step for each slice with rows that are there twice."""
    for view in site.views.chosen(settings.views):
        if has_blocks(view):
            surplus = sorted(
                reconciled(site, view, settings.slices).surplus.items(), key=lambda pair: pair[1]
            )
            for slice_, pairs in groupby(surplus, key=lambda pair: pair[1]):
                yield _step(site, view, slice_, [block for block, _ in pairs])


def _step(site: Site, view: View, slice_: Slice, blocks: Sequence[str]) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn:
            if not rebuildable(conn, view, [slice_]):
                raise NotRebuildable(
                    f"raw blocks of {slice_.owner_id} are gone: a rebuild would lose their rows"
                )
        report = rebuild(site.lake, view, site.tables, [slice_])
        tell_of_build(site.lake, view, report, f"the task {DUPLICATE_REPAIR.name}")
        return Done(
            f"{report.rows:,} rows from {report.blocks:,} blocks",
            {"slices": 1, "rows": report.rows},
        )

    action = f"rebuild it: {len(blocks):,} blocks have more rows than events"
    return Step(f"{view.name} {slice_.owner_id}", action, do, {"slices": 1})


DUPLICATE_REPAIR = Task(
    name="duplicate_repair",
    doc="Counts the rows of each block in the newest slices and rebuilds those in which one has"
    " more rows than events. It reads one column of them.",
    settings=DuplicateRepairSettings,
    plan=plan,
    cron="53 4 * * *",
)
