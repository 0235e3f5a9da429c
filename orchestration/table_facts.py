"""What the Dagster UI shows about a table and its hours, read from the Delta snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import polars as pl

from assets.maintain.tables import hours_held
from assets.plan import formats_without, tag_of
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.arrivals import events_by_minute
from assets.storage.metadata.blocks import SliceBlocks, slices_with_blocks
from assets.storage.tables import Snapshot
from assets.views.view import View
from orchestration import plots
from orchestration.limits import PLOTTED_HOURS_MAX
from orchestration.markdown import picture
from orchestration.preview import newest_rows
from orchestration.slice_work import Outcome

LEFT = (
    "raw blocks that its rows were made of are gone, by retention or sampling, and no other table"
    " can give them: its rows are the last copy and were not touched"
)
"""Why a rebuild by hand has not rebuilt an hour that has rows."""

UNKEPT = "retention does not keep these rows; its next run removes them again"
"""What is said of an hour that was rebuilt by hand although a rule had removed it, or will."""

_ROWS = "dagster/partition_row_count"


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


def stored_in(lake: Lake, snapshot: Snapshot, slice_: Slice) -> Stored:
    """Return what the table holds of one hour, also in a merged day."""
    held = hours_held(lake, snapshot, [slice_.start.date()]).get(slice_)
    return Stored(held.rows, held.bytes, held.files) if held else Stored(0, 0, 0)


def files_of(snapshot: Snapshot, slice_: Slice) -> pl.DataFrame:
    """Return the files of one slice."""
    in_slice = (pl.col("date").cast(pl.String) == slice_.date) & (pl.col("slice") == slice_.hour)
    return snapshot.files.filter(in_slice)


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
        "run cut short": any(report.cut_short for report in outcome.reports),
    }


def hour_metadata(
    lake: Lake, view: View, snapshot: Snapshot, slices: Sequence[Slice]
) -> dict[Slice, dict[str, Any]]:
    """Return what the table now holds of each hour of a run, beside what was acknowledged in it."""
    arrived = acknowledged(lake, view, slices)
    facts: dict[Slice, dict[str, Any]] = {}
    for slice_ in slices:
        held = stored_in(lake, snapshot, slice_)
        facts[slice_] = {
            _ROWS: held.rows,
            "hour bytes": held.size_bytes,
            "hour files": held.files,
            "hour blocks acknowledged": arrived[slice_].blocks if slice_ in arrived else 0,
        }
    return facts


def left_as_they_are(
    outcome: Outcome, facts: Mapping[Slice, Mapping[str, Any]]
) -> dict[Slice, dict[str, Any]]:
    """Return what is to be said of the hours with rows that a rebuild could not make anew."""
    built = {slice_ for report in outcome.reports for slice_ in report.slices}
    left = [slice_ for slice_ in outcome.done if slice_ not in built and facts[slice_][_ROWS]]
    return {slice_: {"left as it is": LEFT} for slice_ in left}


def hour_pictures(
    lake: Lake, view: View, snapshot: Snapshot, slices: Sequence[Slice], *, previews: bool
) -> dict[Slice, dict[str, Any]]:
    """
    Return what people look at: events by minute of each hour, and the newest rows of the last one.

    Args:
        lake: The lake.
        view: Whose table.
        snapshot: What it holds now.
        slices: The hours of a run.
        previews: Whether rows may be shown.
    """
    shown: dict[Slice, dict[str, Any]] = {}
    newest = sorted(slices)[-PLOTTED_HOURS_MAX:]
    with lake.connection() as conn:
        arrived = events_by_minute(conn, tag_of(view), newest, without=formats_without(view))
    for slice_, events in arrived.items():
        plot = picture(plots.bars(events), "events that arrived, by minute")
        says = (
            f"{sum(events):,} events arrived from {slice_.start:%H:%M} to {slice_.end:%H:%M} UTC,"
            f" at most {max(events):,} in a minute"
        )
        shown[slice_] = {"events per minute": dg.MetadataValue.md(f"{says}\n\n{plot}")}
    filled = [slice_ for slice_ in newest if files_of(snapshot, slice_).height]
    if previews and filled:
        files = files_of(snapshot, filled[-1])
        rows = newest_rows(snapshot, view, files, lake.delta_options)
        if rows is not None:
            facts = shown.setdefault(filled[-1], {})
            facts["newest rows"] = dg.MetadataValue.md(rows)
    return shown


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
