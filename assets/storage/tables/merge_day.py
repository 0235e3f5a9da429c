"""
The small files of a day that is over become one place: its *merged day*.

Each row keeps its hour there, and what the table covers is said by hour as ever. So a rebuild of an
hour takes exactly its rows out of the merged day, and late rows of an hour lie beside it.

Rule: all rows of a merged day are of one generation of the view, which stands in the log under the
name of the day.
"""

import polars as pl

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.locks import advisory_lock
from assets.storage.tables.cache import open_snapshot
from assets.storage.tables.compact import (
    USUAL,
    CompactReport,
    PlannedCompaction,
    commit_compaction,
)
from assets.storage.tables.errors import TableMissing, WriteConflict
from assets.storage.tables.limits import COMPACT_ATTEMPTS
from assets.storage.tables.rewriting import Budget
from assets.storage.tables.snapshot import Snapshot, files_in
from assets.storage.tables.spec import HOUR_FIELD, TableSpec, ensure_hours


def merge_day(lake: Lake, spec: TableSpec, day: Slice, budget: Budget = USUAL) -> CompactReport:
    """
    Put all files of a day into its merged day; rows and coverage stay what they are.

    A day of more bytes than a file may have is left alone, and so is one that several generations
    of the view have built. As a compaction it goes on beside increments and gives way to rebuilds.

    Args:
        lake: Where the table is.
        spec: The table.
        day: A merged day, whether or not it has files yet.
        budget: How large files may become, and how much memory that may take.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    with lake.connection() as conn, advisory_lock(conn, "table maintenance", spec.name):
        for _ in range(COMPACT_ATTEMPTS):
            try:
                plan = plan_merge(lake, spec, day, budget)
                return plan if isinstance(plan, CompactReport) else commit_compaction(lake, plan)
            except WriteConflict:
                continue
    return CompactReport(skipped="the day is being written")


def plan_merge(
    lake: Lake, spec: TableSpec, day: Slice, budget: Budget = USUAL
) -> PlannedCompaction | CompactReport:
    """
    Return what there is to merge, or a report that there is not.

    Raises:
        WriteConflict: Somebody else changed the table just now.
    """
    try:
        table, snapshot = open_snapshot(lake, spec)
    except TableMissing:
        return CompactReport(skipped="there is no such table")
    files = files_of_day(snapshot, day)
    skipped = why_not(snapshot, files, budget)
    if skipped:
        return CompactReport(skipped=skipped)
    if HOUR_FIELD.name not in {field.name for field in table.schema().fields}:
        ensure_hours(lake, spec)
        table, snapshot = open_snapshot(lake, spec)
        files = files_of_day(snapshot, day)
        if why_not(snapshot, files, budget):
            raise WriteConflict(f"{spec.name}: {day.owner_id} was written meanwhile")
    (generation,) = snapshot.generations_of(files).unique()
    known = snapshot.transactions.get(day.owner_id)
    moved = {} if known == generation else {day.owner_id: int(generation)}
    return PlannedCompaction(day, table, snapshot, files, budget, moved)


def files_of_day(snapshot: Snapshot, day: Slice) -> pl.DataFrame:
    """Return the files of a day's hours, and of its merged day."""
    places = [day, *day.hours]
    return pl.concat([files_in(snapshot.files, snapshot.spec, place) for place in places])


def why_not(snapshot: Snapshot, files: pl.DataFrame, budget: Budget) -> str:
    """Say why files of a day are not to be merged; nothing if they are."""
    if files.height < 2:
        return "nothing to merge"
    if int(files["size_bytes"].sum()) > budget.target_bytes:
        return "its files are large enough"
    if snapshot.generations_of(files).n_unique() > 1:
        return "several versions of the view have built it"
    return ""


def rows_by_hour(lake: Lake, snapshot: Snapshot, day: Slice) -> dict[str, int]:
    """Return how many rows of each hour a merged day holds: ``"17"`` -> 1000."""
    paths = files_in(snapshot.files, snapshot.spec, day)["path"].to_list()
    if not paths:
        return {}
    frame = pl.scan_parquet(
        paths,
        glob=False,
        hive_partitioning=False,
        schema={HOUR_FIELD.name: pl.String()},
        extra_columns="ignore",
        storage_options=dict(lake.delta_options) or None,
    )
    return dict(frame.group_by(HOUR_FIELD.name).len().collect(engine="streaming").iter_rows())
