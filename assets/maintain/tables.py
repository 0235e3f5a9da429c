"""Which tables a task is about, and what the pinned version of one holds by slice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from assets.maintain.task import Site
from assets.storage.layout import Slice
from assets.storage.tables import Snapshot
from assets.views.catalog import VIEWS, view_named
from assets.views.physical import table_spec
from assets.views.view import View


@dataclass(frozen=True, slots=True)
class SliceFiles:
    """The live files of one slice."""

    slice: Slice
    files: int
    rows: int
    bytes: int


def chosen(names: Sequence[str]) -> tuple[View, ...]:
    """
    Return the views of these names; all of them if none is named.

    Raises:
        NotFound: There is no such view.
    """
    return tuple(view_named(name) for name in names) if names else VIEWS


def snapshot_of(site: Site, view: View) -> Snapshot:
    """Return the newest version of a view's table; one without files when there is no table."""
    return site.tables.snapshot(site.lake, table_spec(view))


def slices_of(snapshot: Snapshot) -> Iterator[SliceFiles]:
    """Return what each slice of a table holds."""
    keys = list(snapshot.spec.partition_by)
    grouped = snapshot.files.group_by(keys).agg(
        pl.len().alias("files"), pl.col("num_records").sum(), pl.col("size_bytes").sum()
    )
    for row in grouped.sort(keys).iter_rows(named=True):
        start = datetime.fromisoformat(f"{row['date']}T{row['slice']}:00").replace(tzinfo=UTC)
        slice_ = Slice(start, row.get("process_id", ""))
        yield SliceFiles(slice_, row["files"], row["num_records"], row["size_bytes"])


def megabytes(size: float) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / 1e6:,.1f} MB"
