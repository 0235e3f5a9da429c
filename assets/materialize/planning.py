"""
Reading what there is to do: the one place that asks tables and metadata, in the order that counts.

First the snapshot (its coverage), then the closings, then the horizon, then the blocks.
"""

from collections.abc import Collection
from dataclasses import dataclass

from assets.plan import by_start, foreign_slices, formats_without, increments, tag_of
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import SliceBlocks, SliceCut, horizon, slices_with_blocks
from assets.storage.metadata.closings import close_hours
from assets.storage.tables import Snapshot, TableCache
from assets.views.physical import table_spec
from assets.views.view import View


@dataclass(frozen=True, slots=True)
class Work:
    """
    What a table lacks, as of one pinned snapshot of it.

    Attributes:
        snapshot: The version that a commit must start from.
        horizon: Where the cuts end.
        cuts: What to add, oldest slice first.
        seen: The slices that were looked at, with the sizes of their blocks.
        foreign: Slices written by another version of the view: their rows are to be replaced, not
            added to.
    """

    snapshot: Snapshot
    horizon: int
    cuts: tuple[SliceCut, ...]
    seen: tuple[SliceBlocks, ...]
    foreign: frozenset[Slice]


def work_to_do(
    lake: Lake,
    view: View,
    tables: TableCache,
    *,
    slices: Collection[Slice] | None = None,
    process_id: str | None = None,
    until: int | None = None,
) -> Work:
    """
    Return what the view's table lacks.

    Args:
        lake: Where table and blocks are.
        view: Whose table.
        tables: Cache of snapshots.
        slices: Only these.
        process_id: The process, for a view that is kept per process.
        until: A horizon that was read before, to end at; by default it is read now.
    """
    assert (view.scope == "process") == (process_id is not None), f"{view.name}: one process"
    snapshot = tables.snapshot(lake, table_spec(view))
    coverage = snapshot.covered(view.version)
    with lake.connection() as conn:
        closings = close_hours(conn)
        until = horizon(conn) if until is None else until
        seen = slices_with_blocks(
            conn,
            tag_of(view),
            start=min(slice_.start for slice_ in slices) if slices else None,
            end=max(slice_.end for slice_ in slices) if slices else None,
            process_id=process_id,
            coverage=by_start(coverage, process_id),
            without=formats_without(view),
        )
    if slices is not None:
        seen = [found for found in seen if found.slice in slices]
    return Work(
        snapshot=snapshot,
        horizon=until,
        cuts=tuple(increments(seen, coverage, until, closings)),
        seen=tuple(seen),
        foreign=foreign_slices(view, snapshot.coverages()),
    )


def uncovered(lake: Lake, view: View, tables: TableCache) -> list[SliceCut]:
    """
    Return the settled blocks that the view's table lacks, by slice; for the sensor.

    A view that is kept per process lacks nothing until somebody asks for a process.
    """
    if view.scope == "process":
        return []
    return list(work_to_do(lake, view, tables).cuts)
