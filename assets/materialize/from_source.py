"""
Slices of a rollup made from its source's table, where the raw blocks are gone.

Rule: a slice is made from the source's rows of that very slice, and covers what these cover, as the
source's log says in the same snapshot: it is what it would be, made from the blocks. Only rows that
the source built as it is now count, and a slice without rows is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.materialize.counting import counted
from assets.materialize.limits import CONFLICTS_MAX
from assets.materialize.report import Report
from assets.plan import coverage_after
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import SliceCut
from assets.storage.tables import Snapshot, TableCache, WriteConflict, ensure_table, replace_slices
from assets.storage.tables.snapshot import files_in
from assets.storage.tables.spec import HOUR_FIELD
from assets.views.catalog import source_of
from assets.views.generation import generation_of
from assets.views.physical import table_spec, to_storage
from assets.views.reading import reading_of
from assets.views.view import View

_BLOCKS = "blocks:"


@dataclass(frozen=True, slots=True)
class Lacking:
    """
    What a rollup could take from its source's table.

    Attributes:
        source: The view that it is built from.
        snapshot: Of the source's table.
        slices: Those that the source has built as it is now and the rollup has not, with the
            position that the source covers. The rollup may have covered more when it was older:
            blocks above the position are tail of both then, if there are any.
    """

    source: View
    snapshot: Snapshot
    slices: Mapping[Slice, int]


def lacking_of(lake: Lake, view: View, tables: TableCache) -> Lacking | None:
    """
    Return what a view lacks that its source's table may have; None if it has no such source.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    source = _source(view)
    if source is None:
        return None
    of_view = counted(view, tables.snapshot(lake, table_spec(view)), lake.connection)
    snapshot = tables.snapshot(lake, table_spec(source))  # second: it has what the first one has
    of_source = counted(source, snapshot, lake.connection)
    found = {}
    for slice_, position in of_source.coverage.items():
        lacks = slice_ not in of_view.coverage or slice_ in of_view.older
        if lacks and slice_ not in of_source.older:
            found[slice_] = position
    return Lacking(source, snapshot, found)


def rebuild_from_source(
    lake: Lake, view: View, tables: TableCache, slices: Sequence[Slice]
) -> Report:
    """
    Replace these slices, a commit each, with what the source's table has of them.

    What is made meanwhile by somebody else is left as it is, and so is a slice of which the source
    has no row. Repeating it changes nothing.

    Raises:
        WriteConflict: Other writers kept winning; what was committed until then stands.
        StorageUnavailable: Postgres or the store does not answer.
    """
    report = Report()
    ensure_table(lake, table_spec(view))
    for slice_ in slices:
        for attempt in range(1, CONFLICTS_MAX + 1):
            try:
                _rebuild(lake, view, tables, slice_, report)
                break
            except WriteConflict:
                report.conflicts += 1
                if attempt == CONFLICTS_MAX:
                    raise
    return report


def _rebuild(lake: Lake, view: View, tables: TableCache, slice_: Slice, report: Report) -> None:
    spec = table_spec(view)
    base = tables.snapshot(lake, spec)
    lacking = lacking_of(lake, view, tables)
    if lacking is None or slice_ not in lacking.slices:
        return
    rows = view.build({lacking.source.name: _rows(lake, lacking, slice_)})
    made = rows.collect(engine="streaming")
    if made.is_empty():
        return
    cut = SliceCut(slice_, 0, lacking.slices[slice_])
    stored = to_storage(made, view, slice_)
    replace_slices(lake, spec, base, [slice_], stored, coverage_after(view, [cut]))
    report.commits += 1
    report.rows += stored.num_rows
    report.slices.add(slice_)


def _rows(lake: Lake, lacking: Lacking, slice_: Slice) -> pl.LazyFrame:
    """Return the source's rows of an hour: in files of its own, and in a merged day."""
    snapshot = lacking.snapshot
    reading = reading_of(lacking.source, snapshot, generation_of(lacking.source))
    parts = []
    for place in (slice_, slice_.day):
        paths = files_in(snapshot.files, snapshot.spec, place)["path"].to_list()
        if not paths:
            continue
        more = {HOUR_FIELD.name: pl.String()} if place.is_day else {}
        frame = pl.scan_parquet(
            paths,
            glob=False,
            hive_partitioning=False,
            missing_columns="insert",
            extra_columns="ignore",
            schema={**reading.stored, **more},
            storage_options=dict(lake.delta_options) or None,
        )
        if place.is_day:
            frame = frame.filter(pl.col(HOUR_FIELD.name) == slice_.hour)
        parts.append(frame.select(reading.rows))
    return pl.concat(parts) if parts else lacking.source.schema.to_frame().lazy()


def _source(view: View) -> View | None:
    """Return the view of whose rows alone another one is made, both for all processes."""
    if view.scope != "global" or len(view.sources) != 1 or view.sources[0].startswith(_BLOCKS):
        return None
    source = source_of(view, view.sources[0])
    return source if source.scope == "global" else None
