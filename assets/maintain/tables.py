"""Which tables a task is about, and what the pinned version of one holds by slice."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from assets.maintain.task import Site
from assets.storage.lake import Lake
from assets.storage.layout import MERGED_DAY, Slice
from assets.storage.tables import Snapshot, rows_by_hour
from assets.views.physical import table_spec
from assets.views.view import View


@dataclass(frozen=True, slots=True)
class SliceFiles:
    """The live files of one slice."""

    slice: Slice
    files: int
    rows: int
    bytes: int


def snapshot_of(site: Site, view: View) -> Snapshot:
    """Return the newest version of a view's table; one without files when there is no table."""
    return site.tables.snapshot(site.lake, table_spec(view))


def slices_of(snapshot: Snapshot, files: pl.DataFrame | None = None) -> Iterator[SliceFiles]:
    """Return what each slice of a table holds, merged days too; of *files* only, if given."""
    keys = list(snapshot.spec.partition_by)
    grouped = (
        (snapshot.files if files is None else files)
        .group_by(keys)
        .agg(pl.len().alias("files"), pl.col("num_records").sum(), pl.col("size_bytes").sum())
    )
    for row in grouped.sort(keys).iter_rows(named=True):
        is_day = row["slice"] == MERGED_DAY
        hour = "00" if is_day else row["slice"]
        start = datetime.fromisoformat(f"{row['date']}T{hour}:00").replace(tzinfo=UTC)
        slice_ = Slice(start, row.get("process_id", ""), is_day)
        yield SliceFiles(slice_, row["files"], row["num_records"], row["size_bytes"])


def hours_held(
    lake: Lake, snapshot: Snapshot, days: Collection[date] | None = None
) -> dict[Slice, SliceFiles]:
    """
    Return what each hour of a table holds, also in merged days, whose bytes are shared out.

    Args:
        lake: Where the table is: merged days have to be read for their hours, one small column.
        snapshot: The table.
        days: Only these.
    """
    wanted = snapshot.files if days is None else snapshot.files.filter(pl.col("date").is_in(days))
    held: dict[Slice, SliceFiles] = {}
    for place in slices_of(snapshot, wanted):
        shares = {place.slice: place.rows}
        if place.slice.is_day:
            rows = rows_by_hour(lake, snapshot, place.slice)
            shares = {hour: rows[hour.hour] for hour in place.slice.hours if hour.hour in rows}
        for hour, count in shares.items():
            before = held.get(hour, SliceFiles(hour, 0, 0, 0))
            size = place.bytes * count // max(1, place.rows)
            held[hour] = SliceFiles(
                hour, before.files + place.files, before.rows + count, before.bytes + size
            )
    return held
