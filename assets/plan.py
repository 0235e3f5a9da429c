"""
What to do next, decided from values alone: nothing here reads or writes anything.

A table *covers* a slice up to position h when it holds exactly the slice's blocks below h.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from assets.decode.catalog import DECODERS, holds_none
from assets.decode.rows import tag_of_rows
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import SliceBlocks, SliceCut
from assets.storage.metadata.records import BlockRef
from assets.views.catalog import source_of
from assets.views.generation import generation_of
from assets.views.view import View

_BLOCKS = "blocks:"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one commit may hold: event rows and stored payload bytes."""

    rows: int
    payload_bytes: int


@dataclass(frozen=True, slots=True)
class Portion:
    """A cut and its blocks: the unit that one commit adds to a slice."""

    cut: SliceCut
    blocks: tuple[BlockRef, ...]


def rows_of(view: View) -> str:
    """Return the kind of rows (``rows.ROWS``) that a view is built from, directly or not."""
    kinds = {
        source.removeprefix(_BLOCKS)
        if source.startswith(_BLOCKS)
        else rows_of(source_of(view, source))
        for source in view.sources
    }
    assert len(kinds) == 1, f"{view.name} is built from one kind of rows, not {sorted(kinds)}"
    return kinds.pop()


def tag_of(view: View) -> str:
    """Return the tag of the streams whose blocks a view is built from, directly or not."""
    return tag_of_rows(rows_of(view))


def formats_without(view: View) -> tuple[str, ...]:
    """Return the formats that share the view's tag and never hold rows of it: not its business."""
    kind = rows_of(view)
    return tuple(sorted({format_ for format_, _ in DECODERS if holds_none(format_, kind)}))


def by_start(coverage: Mapping[Slice, int], process_id: str | None = None) -> dict[datetime, int]:
    """Return coverage by slice start: of a per-process view, that of one process."""
    owner = process_id or ""
    return {
        slice_.start: position
        for slice_, position in coverage.items()
        if slice_.process_id == owner
    }


def increments(
    seen: Iterable[SliceBlocks],
    coverage: Mapping[Slice, int],
    horizon: int,
    closings: Mapping[datetime, int] | None = None,
) -> list[SliceCut]:
    """
    Return which blocks to add where, oldest slice first.

    Args:
        seen: The slices with visible blocks.
        coverage: How far the table covers its slices.
        horizon: No block below it can appear any more; read after the coverage, and every
            returned cut ends there.
        closings: Closing position by hour. A closed slice gets a cut even without new blocks, as
            long as its coverage is below the closing: after it, the slice costs a query nothing.
    """
    closings = closings or {}
    cuts = []
    for found in sorted(seen, key=lambda found: found.slice):
        low = coverage.get(found.slice, 0)
        new_blocks = found.max_position >= low and found.min_position < horizon
        closing = closings.get(found.slice.start)
        unfinished = closing is not None and low < closing <= horizon
        if low < horizon and (new_blocks or unfinished):
            cuts.append(SliceCut(found.slice, low, horizon))
    return cuts


def leading(
    cuts: Sequence[SliceCut], seen: Iterable[SliceBlocks], blocks_max: int
) -> list[SliceCut]:
    """Return the first cuts whose slices hold at most so many blocks together; at least one."""
    blocks = {found.slice: found.blocks for found in seen}
    taken: list[SliceCut] = []
    total = 0
    for cut in cuts:
        total += blocks.get(cut.slice, 0)
        if taken and total > blocks_max:
            break
        taken.append(cut)
    return taken


def with_blocks(cuts: Sequence[SliceCut], blocks: Iterable[BlockRef]) -> list[Portion]:
    """Return each cut with those of *blocks* that lie in its slice, by position."""
    per_process = any(cut.slice.process_id for cut in cuts)
    by_slice: dict[Slice, list[BlockRef]] = {cut.slice: [] for cut in cuts}
    for block in blocks:
        process_id = block.process_id if per_process else ""
        by_slice[Slice.containing(block.insert_time, process_id)].append(block)
    return [
        Portion(cut, tuple(sorted(by_slice[cut.slice], key=lambda b: (b.position, b.block_id))))
        for cut in cuts
    ]


def within_budget(portions: Iterable[Portion], budget: Budget) -> list[Portion]:
    """
    Return what one commit takes: leading portions, the last one perhaps cut short.

    A portion is cut between positions only (blocks of one transaction stay together) and its
    cut then ends at the first position left out, so that coverage says exactly what is in the
    table. At least one position is taken, whatever its size.
    """
    taken: list[Portion] = []
    rows = size = 0
    for portion in portions:
        fitting: list[BlockRef] = []
        for position, group in _by_position(portion.blocks):
            rows += sum(block.nb_objects for block in group)
            size += sum(block.payload_size for block in group)
            over = rows > budget.rows or size > budget.payload_bytes
            if over and (fitting or any(earlier.blocks for earlier in taken)):
                if fitting:
                    shorter = replace(portion.cut, high=position)
                    taken.append(Portion(shorter, tuple(fitting)))
                return taken
            fitting += group
        taken.append(Portion(portion.cut, tuple(fitting)))
    return taken


def batches(portions: Iterable[Portion], budget: Budget) -> Iterator[list[Portion]]:
    """Yield whole portions in groups that fit the budget; one over it makes its own group."""
    group: list[Portion] = []
    rows = size = 0
    for portion in portions:
        more_rows = sum(block.nb_objects for block in portion.blocks)
        more_size = sum(block.payload_size for block in portion.blocks)
        if group and (rows + more_rows > budget.rows or size + more_size > budget.payload_bytes):
            yield group
            group, rows, size = [], 0, 0
        group.append(portion)
        rows, size = rows + more_rows, size + more_size
    if group:
        yield group


def coverage_after(view: View, cuts: Iterable[SliceCut]) -> dict[str, int]:
    """Return the coverage that a commit which adds these cuts has to record, by app id."""
    moved = {}
    generation = generation_of(view)
    for cut in cuts:
        assert cut.high is not None, "a table is covered up to a position, never without bound"
        moved[cut.slice.app_id(generation)] = cut.high
    return moved


def event_range(
    view: View, begin_ns: int | None, end_ns: int | None
) -> tuple[int | None, int | None]:
    """
    Return the range of event times that the view's rows of a range are made from.

    Both half-open, Unix ns. A rollup's row at the end of the range counts events after it.
    """
    if end_ns is None or not view.bin_width:
        return begin_ns, end_ns
    return begin_ns, end_ns + int(view.bin_width.total_seconds()) * 1_000_000_000


def _by_position(blocks: Sequence[BlockRef]) -> Iterator[tuple[int, list[BlockRef]]]:
    for position, group in groupby(blocks, key=lambda block: block.position):
        yield position, list(group)
