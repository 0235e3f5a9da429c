"""
Reading what there is to do: the one place that asks tables and metadata, in the order that counts.

First the snapshot (its coverage), then the closings, then the horizon, then the blocks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from assets.materialize.counting import counted
from assets.plan import by_start, formats_without, increments, tag_of
from assets.storage.lake import Lake
from assets.storage.layout import SLICE_WIDTH, Slice
from assets.storage.metadata.blocks import (
    SliceBlocks,
    SliceCut,
    horizon,
    slices_with_blocks,
    tail_by_slice,
)
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
        older: Slices that an older generation of the view built: their rows are to be replaced, not
            added to.
    """

    snapshot: Snapshot
    horizon: int
    cuts: tuple[SliceCut, ...]
    seen: tuple[SliceBlocks, ...]
    older: frozenset[Slice]


@dataclass(frozen=True, slots=True)
class Gap:
    """
    What a table lacks of one slice.

    Attributes:
        slice: Where.
        blocks: How many; none when the slice has only to be noted as covered to its end.
        bytes: Their payload.
        since: When the oldest of them arrived; without any, when the slice ended.
    """

    slice: Slice
    blocks: int
    bytes: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """
    What a table lacks.

    Attributes:
        gaps: What can be added now, oldest slice first.
        blocks: All blocks that it lacks, those included that are not settled yet.
        bytes: Their payload.
        oldest: When the oldest of them arrived; None when there are none.
    """

    gaps: tuple[Gap, ...]
    blocks: int
    bytes: int
    oldest: datetime | None


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
    counting = counted(view, snapshot, lake.connection)
    coverage = counting.coverage
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
        older=frozenset(counting.older) | counting.unread,
    )


def uncovered_between(
    lake: Lake,
    view: View,
    tables: TableCache,
    *,
    begin: datetime,
    end: datetime,
    process_id: str | None = None,
) -> list[Slice]:
    """
    Return the slices of some hours with settled blocks that the view's table lacks, oldest first.

    Args:
        lake: Where table and blocks are.
        view: Whose table.
        tables: Cache of snapshots.
        begin: First hour (aware UTC).
        end: End of the last hour, not included.
        process_id: The process, for a view that is kept per process.
    """
    if begin >= end:
        return []
    hours = hours_between(begin, end)
    wanted = {Slice(hour, process_id or "") for hour in hours}
    work = work_to_do(lake, view, tables, slices=wanted, process_id=process_id)
    return [cut.slice for cut in work.cuts]


def hours_between(begin: datetime, end: datetime) -> list[datetime]:
    """Return the starts of the hours of a range, which begins with one."""
    count = -((begin - end) // SLICE_WIDTH)
    return [begin + number * SLICE_WIDTH for number in range(count)]


def uncovered(lake: Lake, view: View, tables: TableCache) -> list[SliceCut]:
    """
    Return the settled blocks that the view's table lacks, by slice; for the sensor.

    A slice that an older generation of the view built lacks only what came since.

    A view that is kept per process lacks nothing until somebody asks for a process.
    """
    if view.scope == "process":
        return []
    return list(work_to_do(lake, view, tables).cuts)


def backlog(lake: Lake, view: View, tables: TableCache) -> Backlog:
    """Return what a global view's table lacks, slice by slice and in all; reads no block."""
    work = work_to_do(lake, view, tables)
    coverage = by_start(counted(view, work.snapshot, lake.connection).coverage)
    with lake.connection() as conn:
        tails = tail_by_slice(conn, tag_of(view), coverage, formats_without(view))
    lacked = {tail.slice: tail for tail in tails}
    gaps = []
    for slice_ in (cut.slice for cut in work.cuts):
        tail = lacked.get(slice_)
        gaps.append(
            Gap(slice_, tail.blocks, tail.bytes, tail.oldest)
            if tail
            else Gap(slice_, 0, 0, slice_.end)
        )
    return Backlog(
        tuple(gaps),
        sum(tail.blocks for tail in tails),
        sum(tail.bytes for tail in tails),
        min((tail.oldest for tail in tails), default=None),
    )
