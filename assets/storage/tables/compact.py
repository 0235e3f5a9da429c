"""
Small files of a slice into few sorted ones, beside whatever else writes the table.

Rule: a compaction takes away exactly the files that it has read, in the commit that adds what it
made of them, and touches no coverage. So increments of the same slice neither wait nor conflict:
their files are not among those. When one of its files has left the table, it starts again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
from deltalake import DeltaTable

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.locks import advisory_lock, shared_advisory_lock
from assets.storage.tables.cache import open_snapshot
from assets.storage.tables.columns import as_stored, present_in, renamed, types_of
from assets.storage.tables.errors import TableMissing, WriteConflict
from assets.storage.tables.exchange import exchange
from assets.storage.tables.limits import COMPACT_ATTEMPTS, SMALL_SHARE
from assets.storage.tables.rewriting import Budget, Source, rewritten
from assets.storage.tables.snapshot import Snapshot, files_in
from assets.storage.tables.spec import TableSpec

USUAL = Budget()


@dataclass(frozen=True, slots=True)
class CompactReport:
    """
    What a compaction did to a slice.

    Attributes:
        skipped: Why nothing was written; empty when something was.
        files_before: The files that were merged.
        files_after: What became of them.
        bytes_before: Their size.
        version: A version that has the new files, None when nothing was written.
    """

    skipped: str
    rows: int = 0
    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    version: int | None = None


def compact_slice(
    lake: Lake, spec: TableSpec, slice_: Slice, budget: Budget = USUAL, *, growing: bool = False
) -> CompactReport:
    """
    Merge the small files of a slice into sorted ones; its rows and its coverage stay what they are.

    One compaction of a slice at a time, and none during a vacuum of the table, by locks in
    Postgres; several machines may compact slices of one table. A rebuild that lands in between
    wins: the compaction starts again.

    Args:
        lake: Where the table is.
        spec: The table.
        slice_: The slice.
        budget: How large files may become, and how much memory that may take.
        growing: Increments still come, so this will be done again: see ``piled_up``.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    with (
        lake.connection() as conn,
        shared_advisory_lock(conn, "table maintenance", spec.name),
        advisory_lock(conn, "compaction", spec.name, slice_.owner_id),
    ):
        for _ in range(COMPACT_ATTEMPTS):
            plan = plan_compaction(lake, spec, slice_, budget, growing=growing)
            try:
                return plan if isinstance(plan, CompactReport) else commit_compaction(lake, plan)
            except WriteConflict:
                continue
    return CompactReport(skipped="the slice is being written")


@dataclass(frozen=True)
class PlannedCompaction:
    """Files at one version that are to become fewer, in the place *slice_*."""

    slice_: Slice
    table: DeltaTable
    snapshot: Snapshot
    files: pl.DataFrame
    budget: Budget
    transactions: Mapping[str, int] = field(default_factory=dict)


def plan_compaction(
    lake: Lake, spec: TableSpec, slice_: Slice, budget: Budget = USUAL, *, growing: bool = False
) -> PlannedCompaction | CompactReport:
    """Return what there is to merge, or a report that there is not."""
    try:
        table, snapshot = open_snapshot(lake, spec)
    except TableMissing:
        return CompactReport(skipped="there is no such table")
    files = small_files(files_in(snapshot.files, spec, slice_), budget.target_bytes)
    if growing:
        files = piled_up(files)
    if files.height < 2:
        return CompactReport(skipped="nothing to merge")
    return PlannedCompaction(slice_, table, snapshot, files, budget)


def commit_compaction(lake: Lake, plan: PlannedCompaction) -> CompactReport:
    """
    Put the sorted rows of the planned files in their place.

    Raises:
        WriteConflict: One of the files is no longer there.
    """
    spec, files = _kept_spec(plan), plan.files
    added = rewritten(lake, spec, Source.of(plan.table, files), plan.slice_, plan.budget)
    version = exchange(
        lake,
        spec,
        files,
        added,
        check=lambda _: None,
        transactions=plan.transactions,
        data_change=False,
    )
    return CompactReport(
        "",
        int(files["num_records"].sum()),
        files.height,
        len(added),
        int(files["size_bytes"].sum()),
        sum(action.size for action in added),
        version,
    )


def small_files(files: pl.DataFrame, target_bytes: int) -> pl.DataFrame:
    """Return the files that are worth merging: not those that are near the target size already."""
    return files.filter(pl.col("size_bytes") * SMALL_SHARE < target_bytes)


def piled_up(files: pl.DataFrame) -> pl.DataFrame:
    """
    Return the smallest files, up to where one weighs more than all smaller ones together.

    So a file that earlier merges made waits until as much has come after it, and the rows of a
    slice are rewritten as often as its size has doubled, not as often as it was merged.
    """
    ordered = files.sort("size_bytes")
    before = ordered["size_bytes"].cum_sum().shift(1, fill_value=0)
    heavy = (ordered["size_bytes"] > before).to_list()
    end = next((at for at in range(2, len(heavy)) if heavy[at]), len(heavy))
    return ordered.head(end)


def _kept_spec(plan: PlannedCompaction) -> TableSpec:
    """Return the table's spec with the columns called as the table keeps them."""
    spec = plan.snapshot.spec
    return as_stored(spec, renamed(types_of(spec.schema), present_in(plan.table)))
