"""
Rows against events: what was acknowledged is in the table, and nothing is there twice.

The two sides meet at the table's coverage: the pinned version says up to which position it holds a
slice's blocks, and exactly those are counted in the metadata.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from weakref import WeakKeyDictionary

import polars as pl

from assets.maintain.tables import hours_held, snapshot_of
from assets.maintain.task import Site
from assets.plan import formats_without, rows_of, tag_of
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import SliceCut, blocks_in
from assets.storage.metadata.quarantine import quarantined_blocks
from assets.storage.metadata.records import BlockRef
from assets.storage.metadata.retention import LAKE, rules
from assets.storage.tables import Snapshot
from assets.storage.tables.snapshot import files_in
from assets.storage.tables.spec import HOUR_FIELD
from assets.views.generation import generation_of
from assets.views.view import View

ONE_ROW_PER_EVENT = frozenset(
    {
        ("limnograph/v1", "log"),
        ("limnograph/v1", "metrics"),
        ("otlp/v1/logs", "log"),
        ("otlp/v1/traces", "trace"),
    }
)
"""(format, kind of rows) of which every event is a row; blocks of others cannot be judged."""


@dataclass(frozen=True, slots=True)
class Count:
    """
    Blocks whose rows are not what their events are.

    Attributes:
        slices: Slices that were looked at.
        events: Events of their blocks, of formats of which every event is a row.
        missing: Blocks that have fewer rows than events, and the slice of each.
        surplus: Blocks that have more, and the slice of each.
        unjudged: Blocks of other formats: how many rows they should have is not known.
    """

    slices: int
    events: int
    missing: Mapping[str, Slice]
    surplus: Mapping[str, Slice]
    unjudged: int


_NOTHING = Count(0, 0, {}, {}, 0)

_LAST: WeakKeyDictionary[Snapshot, tuple[datetime, str, int, Count]] = WeakKeyDictionary()


def reconciled(site: Site, view: View, slices_max: int) -> Count:
    """
    Count the rows of the newest covered slices by block, beside what was acknowledged.

    Two who ask about the same moment and version of a table share one look.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    snapshot = snapshot_of(site, view)
    about = (site.now, view.name, slices_max)
    found = _LAST.get(snapshot)
    if found is None or found[:3] != about:
        found = _LAST[snapshot] = (*about, _reconciled(site, view, snapshot, slices_max))
    return found[3]


def has_blocks(view: View) -> bool:
    """Tell whether a view's rows are events, and say which block they come from."""
    if view.definition:  # the rows of a block are what its SELECT makes of the events
        return False
    return view.scope == "global" and any(column.name == "block_id" for column in view.columns)


def _reconciled(site: Site, view: View, snapshot: Snapshot, slices_max: int) -> Count:
    covered = snapshot.covered(generation_of(view))
    with site.lake.connection() as conn:
        # Slices without files may be those that a rule emptied.
        if {view.name, LAKE} & rules(conn).keys():
            held = hours_held(site.lake, snapshot, _days(covered, 2 * slices_max))
            covered = {slice_: position for slice_, position in covered.items() if slice_ in held}
    newest = sorted(covered.items())[-slices_max:]
    if not newest:
        return _NOTHING
    cuts = [SliceCut(slice_, 0, position) for slice_, position in newest]
    kind = rows_of(view)
    with site.lake.connection() as conn:
        blocks = blocks_in(conn, tag_of(view), cuts)
        refused = quarantined_blocks(conn, view.name, newest[0][0].start, newest[-1][0].end)
    read = [block for block in blocks if block.block_id not in refused]
    expected = {
        block.block_id: block.nb_objects
        for block in read
        if (block.format, kind) in ONE_ROW_PER_EVENT
    }
    without = formats_without(view)
    of_the_view = sum(block.format not in without for block in read)
    rows = rows_by_block(site, snapshot, view, [slice_ for slice_, _ in newest])
    missing = {block for block, events in expected.items() if rows.get(block, 0) < events}
    surplus = {block for block, found in rows.items() if found > expected.get(block, found)}
    return Count(
        slices=len(newest),
        events=sum(expected.values()),
        missing=_placed(blocks, missing),
        surplus=_placed(blocks, surplus),
        unjudged=of_the_view - len(expected),
    )


def _placed(blocks: Sequence[BlockRef], wanted: Collection[str]) -> dict[str, Slice]:
    return {
        block.block_id: Slice.containing(block.insert_time)
        for block in blocks
        if block.block_id in wanted
    }


def rows_by_block(
    site: Site, snapshot: Snapshot, view: View, slices: Sequence[Slice]
) -> dict[str, int]:
    """Return how many rows each block has in these slices; reads one column."""
    files = snapshot.files_of(generation_of(view))
    frames = []
    for place, hours in _places(slices).items():
        paths = files_in(files, snapshot.spec, place)["path"].to_list()
        if paths:
            frames.append(_blocks_of_rows(site, paths, hours))
    if not frames:
        return {}
    counts = pl.concat(frames).group_by("block_id").len().collect(engine="streaming")
    return dict(counts.iter_rows())


def _days(slices: Collection[Slice], days_max: int) -> list[date]:
    """Return the newest days of slices."""
    return sorted({slice_.start.date() for slice_ in slices})[-days_max:]


def _places(slices: Sequence[Slice]) -> dict[Slice, list[str]]:
    """Return where rows of hours may be: by themselves, or in a merged day beside other hours."""
    found: dict[Slice, list[str]] = {}
    for slice_ in slices:
        found[slice_] = []
        found.setdefault(slice_.day, []).append(slice_.hour)
    return found


def _blocks_of_rows(site: Site, paths: Sequence[str], hours: Sequence[str]) -> pl.LazyFrame:
    """Return the block of each row; of a merged day, of the rows of *hours*."""
    more = {HOUR_FIELD.name: pl.String()} if hours else {}
    frame = pl.scan_parquet(
        list(paths),
        glob=False,
        hive_partitioning=False,
        missing_columns="insert",
        extra_columns="ignore",
        schema={"block_id": pl.String(), **more},
        storage_options=dict(site.lake.delta_options) or None,
    )
    if hours:
        frame = frame.filter(pl.col(HOUR_FIELD.name).is_in(list(hours)))
    return frame.select("block_id")
