"""Blocks that an older decoder refused are tried again with the one that there is now."""

from collections.abc import Iterator

from pydantic import Field

from assets.maintain.expired import expired
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.materialize import rebuild, rebuildable, slices_to_retry, tell_of_build
from assets.storage.layout import Slice
from assets.views.view import View


class QuarantineRetrySettings(TaskSettings):
    """Whose blocks to try again."""

    views: list[str] = Field(default=[], description="Names of views; empty: all.")


def plan(site: Site, settings: QuarantineRetrySettings) -> Iterator[Step]:
    """
    Return a step for each slice with blocks that another decoder version refused.

    None for one that lost raw blocks: it cannot be rebuilt, and would come back for ever. Nor for
    one whose rows retention does not keep: they would be back until its next run.
    """
    for view in site.views.chosen(settings.views):
        slices = slices_to_retry(site.lake, view)
        with site.lake.connection() as conn:
            present = rebuildable(conn, view, slices)
        for slice_ in sorted(present - expired(site, view, present)):
            yield _step(site, view, slice_)


def _step(site: Site, view: View, slice_: Slice) -> Step:
    def do() -> Done:
        report = rebuild(site.lake, view, site.tables, [slice_])
        tell_of_build(site.lake, view, report, f"the task {QUARANTINE_RETRY.name}")
        return Done(
            f"{report.rows:,} rows; {report.quarantined} blocks are still refused",
            {
                "rows": report.rows,
                "blocks": report.blocks,
                "blocks still refused": report.quarantined,
            },
        )

    return Step(
        f"{view.name} {slice_.owner_id}", "rebuild it, as blocks of it may be readable now", do
    )


QUARANTINE_RETRY = Task(
    name="quarantine_retry",
    doc="Rebuilds the slices with blocks that an earlier version of a decoder refused; what can be"
    " read now becomes rows. Without an upgrade there is nothing to do.",
    settings=QuarantineRetrySettings,
    plan=plan,
    cron="29 * * * *",
)
