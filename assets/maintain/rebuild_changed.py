"""Slices that a view built before it changed are built anew, newest first, a bounded lot a run."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from assets.maintain.limits import REBUILT_PER_STEP
from assets.maintain.older import rebuilding
from assets.maintain.tables import SliceFiles
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.materialize import rebuild, rebuild_from_source, tell_of_build
from assets.storage.layout import Slice
from assets.views.view import View
from assets.wording import size_text


class RebuildChangedSettings(TaskSettings):
    """What to rebuild in one run."""

    views: list[str] = Field(default=[], description="Names of views; empty: all.")
    slices_max: int = Field(
        default=240, ge=1, description="Slices of each view in one run; others wait for the next."
    )
    bytes_max: int = Field(
        default=2_000_000_000,
        ge=1,
        description="Bytes of their files, as they are now, in one run; at least one slice goes.",
    )


def plan(site: Site, settings: RebuildChangedSettings) -> Iterator[Step]:
    """Return steps of a few slices each, the newest first, view by view."""
    for view in site.views.chosen(settings.views):
        progress = rebuilding(site, view)
        for group in _groups(progress.waiting, settings):
            yield _step(site, view, group)
        for group in _groups(progress.remade, settings):
            yield _remaking(site, view, group)


def _groups(
    waiting: tuple[SliceFiles, ...], settings: RebuildChangedSettings
) -> Iterator[list[SliceFiles]]:
    group: list[SliceFiles] = []
    for one in _leading(waiting, settings):
        if group and not _together(group, one):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _leading(
    waiting: tuple[SliceFiles, ...], settings: RebuildChangedSettings
) -> Iterator[SliceFiles]:
    size = 0
    for number, one in enumerate(waiting[: settings.slices_max]):
        size += one.bytes
        if number and size > settings.bytes_max:
            return
        yield one


def _together(group: list[SliceFiles], one: SliceFiles) -> bool:
    """Tell whether a slice goes with those before it: a step is of one day and one process."""
    last = group[-1].slice
    same = (last.date, last.process_id) == (one.slice.date, one.slice.process_id)
    return same and len(group) < REBUILT_PER_STEP


def _remaking(site: Site, view: View, group: list[SliceFiles]) -> Step:
    slices = [one.slice for one in group]
    size, rows = sum(one.bytes for one in group), sum(one.rows for one in group)

    def do() -> Done:
        report = rebuild_from_source(site.lake, view, site.tables, slices)
        tell_of_build(site.lake, view, report, f"the task {REBUILD_CHANGED.name}")
        numbers = {"slices": len(report.slices), "rows": report.rows}
        return Done(f"{report.rows:,} rows from the table of {view.sources[0]}", numbers)

    return Step(
        f"{view.name} {_stretch(slices)}",
        f"make {len(group)} slices from {rows:,} rows of {view.sources[0]}, {size_text(size)}:"
        " their raw blocks are gone",
        do,
        {"slices": len(group), "bytes": size},
    )


def _stretch(slices: Sequence[Slice]) -> str:
    newest, oldest = slices[0].owner_id, slices[-1].owner_id
    return newest if newest == oldest else f"{newest} back to {oldest}"


def _step(site: Site, view: View, group: list[SliceFiles]) -> Step:
    slices = [one.slice for one in group]
    size, rows = sum(one.bytes for one in group), sum(one.rows for one in group)

    def do() -> Done:
        report = rebuild(site.lake, view, site.tables, slices)
        tell_of_build(site.lake, view, report, f"the task {REBUILD_CHANGED.name}")
        numbers = {"slices": len(report.slices), "rows": report.rows, "blocks": report.blocks}
        return Done(f"{report.rows:,} rows from {report.blocks:,} blocks", numbers)

    return Step(
        f"{view.name} {_stretch(slices)}",
        f"rebuild {len(group)} slices of an older version, {rows:,} rows of {size_text(size)}",
        do,
        {"slices": len(group), "rows": rows, "bytes": size},
    )


REBUILD_CHANGED = Task(
    name="rebuild_changed",
    doc="Rebuilds the slices that a view built before its columns, its version or its sources"
    " changed, from raw blocks, newest first, or a rollup's from the table of its source where"
    " these are gone. Until then queries answer from them as they are.",
    settings=RebuildChangedSettings,
    plan=plan,
    cron="*/20 * * * *",
    priority=-10,
)
