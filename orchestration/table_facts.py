"""What the Dagster UI shows about a table and its hours, read from the Delta snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import polars as pl

from assets.plan import formats_without, tag_of
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import SliceBlocks, slices_with_blocks
from assets.storage.tables import Snapshot
from assets.views.view import View
from orchestration.slice_work import Outcome


@dataclass(frozen=True, slots=True)
class Stored:
    """What live files hold."""

    rows: int
    size_bytes: int
    files: int


def stored(files: pl.DataFrame) -> Stored:
    """Return what the given rows of `Snapshot.files` hold together."""
    return Stored(
        rows=int(files["num_records"].sum() or 0),
        size_bytes=int(files["size_bytes"].sum() or 0),
        files=files.height,
    )


def stored_in(snapshot: Snapshot, slice_: Slice) -> Stored:
    """Return what the table holds of one slice."""
    in_slice = (pl.col("date").cast(pl.String) == slice_.date) & (pl.col("slice") == slice_.hour)
    return stored(snapshot.files.filter(in_slice))


def acknowledged(lake: Lake, view: View, slices: Sequence[Slice]) -> dict[Slice, SliceBlocks]:
    """Return the blocks that arrived in these hours, of the streams that a view is built from."""
    if not slices:
        return {}
    start, end = min(slices).start, max(slices).end
    with lake.connection() as conn:
        return {
            found.slice: found
            for found in slices_with_blocks(
                conn, tag_of(view), start=start, end=end, without=formats_without(view)
            )
        }


def table_metadata(snapshot: Snapshot, location: str, outcome: Outcome) -> dict[str, Any]:
    """Return what a run says about the whole table and about its own work."""
    whole = stored(snapshot.files)
    return {
        "dagster/row_count": whole.rows,
        "dagster/uri": location,
        "table bytes": whole.size_bytes,
        "table files": whole.files,
        "table version": snapshot.version,
        "run rows": sum(report.rows for report in outcome.reports),
        "run payload bytes": sum(report.bytes for report in outcome.reports),
        "run blocks": sum(report.blocks for report in outcome.reports),
        "run quarantined": sum(report.quarantined for report in outcome.reports),
        "run commits": sum(report.commits for report in outcome.reports),
        "run seconds": round(sum(report.seconds for report in outcome.reports), 3),
    }


def hour_metadata(
    lake: Lake, view: View, snapshot: Snapshot, slices: Sequence[Slice]
) -> Mapping[Slice, dict[str, Any]]:
    """Return what the table now holds of each hour of a run, beside what was acknowledged in it."""
    arrived = acknowledged(lake, view, slices)
    facts: dict[Slice, dict[str, Any]] = {}
    for slice_ in slices:
        held = stored_in(snapshot, slice_)
        facts[slice_] = {
            "dagster/partition_row_count": held.rows,
            "hour bytes": held.size_bytes,
            "hour files": held.files,
            "hour blocks acknowledged": arrived[slice_].blocks if slice_ in arrived else 0,
        }
    return facts


def type_name(dtype: pl.DataType) -> str:
    """Return a column type as SQL users know it."""
    if isinstance(dtype, pl.Datetime):
        return "timestamp (ns, UTC)"
    return str(dtype).lower()


def definition_metadata(view: View) -> dict[str, Any]:
    """Return what is known of a view without opening the lake: its columns and how it is read."""
    columns = [
        dg.TableColumn(name=column.name, type=type_name(column.dtype), description=column.doc)
        for column in view.columns
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/table_name": view.name,
        "time column": view.time_column,
        "sorted by": ", ".join(view.sort_by) or "(nothing)",
    }
