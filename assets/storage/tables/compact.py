"""
Small files of a slice into one sorted file, under the eyes of Delta's conflict check.

Rule: never ``optimize.compact`` or ``z_order``: two of those at once both commit, and the rows are
there twice. This is a read, a sort and an overwrite of the slice's partition, which is checked.
"""

from dataclasses import dataclass

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.locks import advisory_lock
from assets.storage.tables.cache import open_snapshot
from assets.storage.tables.errors import TableMissing, WriteConflict
from assets.storage.tables.limits import COMPACT_ATTEMPTS, COMPACT_ROWS
from assets.storage.tables.promoted import promoted_of, with_promoted
from assets.storage.tables.snapshot import Snapshot, live_files, polars_schema
from assets.storage.tables.spec import TableSpec, partition_values, slice_predicate
from assets.storage.tables.write import overwrite


@dataclass(frozen=True, slots=True)
class CompactReport:
    """
    What a compaction did to a slice.

    Attributes:
        skipped: Why nothing was written; empty when something was.
        files_before: Live files of the slice.
        bytes_before: Their size.
        version: The commit's version, None when nothing was written.
    """

    skipped: str
    rows: int = 0
    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    version: int | None = None


def compact_slice(lake: Lake, spec: TableSpec, slice_: Slice) -> CompactReport:
    """
    Rewrite a slice as one sorted file; its rows and its coverage stay what they are.

    One compaction or vacuum of a table at a time, by a lock in Postgres. An increment or rebuild
    that lands in between wins: the compaction starts again.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    with lake.connection() as conn, advisory_lock(conn, "table maintenance", spec.name):
        for _ in range(COMPACT_ATTEMPTS):
            plan = plan_compaction(lake, spec, slice_)
            try:
                return plan if isinstance(plan, CompactReport) else commit_compaction(lake, plan)
            except WriteConflict:
                continue
    return CompactReport(skipped="the slice is being written")


@dataclass(frozen=True)
class PlannedCompaction:
    """A slice's files at one version; *table* stands there, so what comes after it conflicts."""

    slice_: Slice
    table: DeltaTable
    snapshot: Snapshot
    files: pl.DataFrame


def plan_compaction(
    lake: Lake, spec: TableSpec, slice_: Slice
) -> PlannedCompaction | CompactReport:
    """Return what there is to merge, or a report that there is not."""
    try:
        table, snapshot = open_snapshot(lake, spec)
    except TableMissing:
        return CompactReport(skipped="there is no such table")
    files = files_in(snapshot.files, spec, slice_)
    rows, size = int(files["num_records"].sum()), int(files["size_bytes"].sum())
    skipped = ""
    if files.height < 2:
        skipped = "nothing to merge"
    elif rows > COMPACT_ROWS:
        skipped = f"{rows} rows, COMPACT_ROWS = {COMPACT_ROWS}"
    if skipped:
        return CompactReport(skipped, rows, files.height, files.height, size, size)
    return PlannedCompaction(slice_, table, snapshot, files)


def commit_compaction(lake: Lake, plan: PlannedCompaction) -> CompactReport:
    """
    Put the sorted rows of the planned files in their place.

    Raises:
        WriteConflict: The slice was written since it was planned.
    """
    spec, files = plan.snapshot.spec, plan.files
    version = overwrite(
        lake,
        plan.table,
        spec,
        with_promoted(sorted_rows(lake, plan), promoted_of(plan.table)),
        _coverage_of(plan.snapshot, plan.slice_),
        slice_predicate(spec, plan.slice_),
    )
    live = live_files(plan.table, lake.table_uri(spec.name), spec)
    after = files_in(live, spec, plan.slice_)
    return CompactReport(
        "",
        int(files["num_records"].sum()),
        files.height,
        after.height,
        int(files["size_bytes"].sum()),
        int(after["size_bytes"].sum()),
        version,
    )


def files_in(files: pl.DataFrame, spec: TableSpec, slice_: Slice) -> pl.DataFrame:
    """Return the files of one slice."""
    values = partition_values(spec, slice_)
    same = [pl.col(name).cast(pl.String()) == value for name, value in values.items()]
    return files.filter(same)


def sorted_rows(lake: Lake, plan: PlannedCompaction) -> pl.DataFrame:
    """
    Return all rows of the planned files, in file order.

    They have every column of the table, also those that a newer program than this one added.
    """
    spec, files = plan.snapshot.spec, plan.files
    types = polars_schema(pa.schema(plan.table.schema().to_arrow()))
    stored = {name: dtype for name, dtype in types.items() if name not in spec.partition_by}
    partition = [pl.lit(files[name][0], types[name]).alias(name) for name in spec.partition_by]
    frame = pl.scan_parquet(
        files["path"].to_list(),
        schema=stored,
        glob=False,
        hive_partitioning=False,
        missing_columns="insert",
        storage_options=dict(lake.delta_options) or None,
    )
    keys = [name for name in spec.sort_by if name not in spec.partition_by]
    rows = frame.sort(keys, nulls_last=True) if keys else frame
    return rows.with_columns(partition).select(types.names()).collect()


def _coverage_of(snapshot: Snapshot, slice_: Slice) -> dict[str, int]:
    """Return the slice's coverage as it is, to be written again: it makes increments conflict."""
    owner = snapshot.transactions.get(slice_.owner_id)
    if owner is None:
        return {}
    app_id = slice_.app_id(owner)
    return {app_id: snapshot.transactions[app_id]}
