"""
Rows into a table: one Delta commit that carries the rows and what they cover.

Rule: a write stands on the snapshot that it was planned from. It lands only if what its slices
cover is still what that snapshot says; otherwise nothing is written and WriteConflict is raised.
"""

import random
import time
from collections.abc import Mapping, Sequence

import polars as pl
import pyarrow as pa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from polars.exceptions import PolarsError

from assets.errors import LimitExceeded
from assets.storage.lake import Lake
from assets.storage.layout import Slice, table_key
from assets.storage.tables.data_files import put_files
from assets.storage.tables.errors import OtherVersion, TableRefused, WriteConflict, delta_errors
from assets.storage.tables.limits import (
    BATCH_BYTES,
    COMMIT_ATTEMPTS,
    DELTA_RETRIES,
    REPLACE_SLICES,
    ZSTD_LEVEL,
)
from assets.storage.tables.log import transactions_of
from assets.storage.tables.lookups import added_by, put_filters
from assets.storage.tables.promoted import (
    add_promoted,
    keys_to_promote,
    promoted_of,
    with_promoted,
)
from assets.storage.tables.snapshot import NO_TABLE, Snapshot, polars_schema
from assets.storage.tables.spec import (
    TableSpec,
    ensure_table,
    open_table,
    partition_values,
    slice_predicate,
)


def append(
    lake: Lake, spec: TableSpec, base: Snapshot, rows: pa.Table, coverage: Mapping[str, int]
) -> int:
    """
    Add rows of any number of slices and move their coverage, in one commit.

    Returns a version that has them.

    *rows* have the columns of ``spec.schema``, in any order, and are of the blocks from what
    *base* covers up to *coverage*: the new position by app id, for each slice that they touch.
    Without rows the coverage moves all the same. Maintenance of the table since *base*
    (compaction, rebuilds of other slices) is stepped over.

    Raises:
        WriteConflict: A slice no longer covers what *base* says, or covers as much already.
        OtherVersion: A slice holds rows of another view version.
        TableRefused: The rows do not fit the table.
        StorageUnavailable: The store does not answer.
    """
    _check_rising(base, coverage)
    for app_id in coverage:
        slice_, version = Slice.from_app_id(app_id)
        owner = base.transactions.get(slice_.owner_id)
        if owner not in {None, version}:
            raise OtherVersion(f"{spec.name}: slice {slice_.owner_id} is of view version {owner}")
    data = _stored(rows, spec, [Slice.from_app_id(app_id)[0] for app_id in coverage])
    if base.version == NO_TABLE:
        ensure_table(lake, spec)
    for attempt in range(COMMIT_ATTEMPTS):
        table = open_table(lake, spec)
        _check_unmoved(lake, table, base, coverage)
        try:
            if promote(lake, spec, table, data):
                continue
            return _add(lake, table, spec, with_promoted(data, promoted_of(table)), coverage)
        except WriteConflict:
            time.sleep(random.random() * 0.05 * 2**attempt)  # noqa: S311  (not a secret)
    raise WriteConflict(f"{spec.name}: {COMMIT_ATTEMPTS} appends met other commits")


def replace_slices(  # noqa: PLR0917  (the same order as append, with the slices to replace)
    lake: Lake,
    spec: TableSpec,
    base: Snapshot,
    slices: Sequence[Slice],
    rows: pa.Table,
    coverage: Mapping[str, int],
) -> int:
    """
    Put *rows* in place of everything in *slices* and set their coverage, in one commit.

    *rows* are of *slices* only; a slice without rows becomes empty. *coverage* is the new position
    by app id, for each of *slices*. Returns the version of the commit.

    Raises:
        WriteConflict: A slice was written since *base*, or covers more than it would then; or the
            table was given new promoted columns for these rows and has to be planned from again.
        LimitExceeded: More than ``REPLACE_SLICES`` slices.
        TableRefused: The rows do not fit the table, or lie outside *slices*.
        StorageUnavailable: The store does not answer.
    """
    if len(slices) > REPLACE_SLICES:
        raise LimitExceeded(
            f"{len(slices)} slices in one commit, REPLACE_SLICES = {REPLACE_SLICES}; make several"
        )
    assert {Slice.from_app_id(app_id)[0] for app_id in coverage} == set(slices), "cover each slice"
    _check_rising(base, coverage, may_stay=True)
    data = _stored(rows, spec, slices)
    if base.version == NO_TABLE:
        ensure_table(lake, spec)
    table = _open_at(lake, base)
    if promote(lake, spec, table, data):
        raise WriteConflict(f"{spec.name}: it has new promoted columns since it was planned from")
    predicate = " OR ".join(slice_predicate(spec, slice_) for slice_ in slices)
    rows = with_promoted(data, promoted_of(table))
    return overwrite(lake, table, spec, rows, coverage, predicate)


def _add(
    lake: Lake,
    table: DeltaTable,
    spec: TableSpec,
    rows: pl.DataFrame,
    coverage: Mapping[str, int],
) -> int:
    """
    Commit files of sorted rows, and coverage, on top of the version at which *table* stands.

    Raises:
        WriteConflict: Refused because of a commit since then.
    """
    files = put_files(lake, spec, rows)
    put_filters(lake, spec, ((file.path, file.partition_values) for file in files), rows)
    with delta_errors(spec.name):
        table.create_write_transaction(
            [*files],
            "append",
            table.schema(),
            partition_by=list(spec.partition_by),
            commit_properties=_commit_properties(coverage),
        )
        table.update_incremental()
    return int(table.version())


def overwrite(  # noqa: PLR0917  (as append, with the rows to replace)
    lake: Lake,
    table: DeltaTable,
    spec: TableSpec,
    rows: pl.DataFrame,
    coverage: Mapping[str, int],
    predicate: str,
) -> int:
    """
    Commit sorted rows in place of those that *predicate* selects, and coverage, on top of *table*.

    Raises:
        WriteConflict: Refused because of a commit since then.
    """
    with delta_errors(spec.name):
        write_deltalake(
            table,
            _in_order(rows.to_arrow(compat_level=pl.CompatLevel.newest())),
            mode="overwrite",
            predicate=predicate,
            schema_mode="merge",  # an older view may lack columns that the table has
            writer_properties=WriterProperties(
                compression="ZSTD",
                compression_level=ZSTD_LEVEL,
                max_row_group_size=spec.row_group_rows,
                column_properties={
                    name: ColumnProperties(encoding="DELTA_BINARY_PACKED", dictionary_enabled=False)
                    for name in spec.time_columns
                },
            ),
            commit_properties=_commit_properties(coverage),
        )
    version = int(table.version())
    put_filters(lake, spec, added_by(lake, spec, version), rows)
    return version


def _commit_properties(coverage: Mapping[str, int]) -> CommitProperties:
    """
    Return what a commit says besides its files: what its slices cover from now on.

    Each slice's coverage comes with a transaction that names the view version as its owner. It is
    the same name for every version, so that two versions at work on a slice conflict.
    """
    transactions = [Transaction(app_id, position) for app_id, position in coverage.items()]
    owners = dict(Slice.from_app_id(app_id) for app_id in coverage)
    transactions += [Transaction(slice_.owner_id, version) for slice_, version in owners.items()]
    return CommitProperties(max_commit_retries=DELTA_RETRIES, app_transactions=transactions)


def promote(lake: Lake, spec: TableSpec, table: DeltaTable, rows: pl.DataFrame) -> bool:
    """
    Give the table columns for the keys that *rows* show to be hot; tell whether it got any.

    Raises:
        WriteConflict: Somebody else changed the table just now.
    """
    known = promoted_of(table)
    keys = keys_to_promote(rows, known, lake.promotion.keys_max, lake.promotion.keys_of(spec.name))
    add_promoted(table, keys, known, spec.stats_columns)
    return bool(keys)


def _stored(rows: pa.Table, spec: TableSpec, slices: Sequence[Slice]) -> pl.DataFrame:
    """
    Return the rows as the table keeps them: its columns and types, sorted within slices.

    Text stays in views all the way to the Parquet writer: a text that many rows repeat (the
    properties of a process) takes its bytes once, however long it is.
    """
    try:
        data = pl.DataFrame(rows.select(spec.schema.names)).cast(polars_schema(spec.schema))
    except (KeyError, ValueError, TypeError, PolarsError) as exc:
        raise TableRefused(f"{spec.name}: rows do not fit the table: {exc}") from exc
    present = data.select(spec.partition_by).unique().rows()
    allowed = {tuple(partition_values(spec, slice_).values()) for slice_ in slices}
    found = {tuple(str(value) for value in row) for row in present}
    if not found <= allowed:
        raise TableRefused(f"{spec.name}: rows of uncovered slices {sorted(found - allowed)[:3]}")
    keys = dict.fromkeys((*spec.partition_by, *spec.sort_by))
    return data.sort(*keys, nulls_last=True)


def _in_order(data: pa.Table) -> pa.Table:
    """
    Return the same rows as one record batch: deltalake deals several out to the cores in turn.

    Above ``BATCH_BYTES`` there are several all the same, since a batch's text must stay below
    2 GiB; the order then holds within each.
    """
    whole = data.combine_chunks()
    if whole.nbytes <= BATCH_BYTES:
        return whole
    rows = max(1, whole.num_rows * BATCH_BYTES // whole.nbytes)
    return pa.Table.from_batches(whole.to_batches(max_chunksize=rows), whole.schema)


def _check_rising(base: Snapshot, coverage: Mapping[str, int], *, may_stay: bool = False) -> None:
    for app_id, position in coverage.items():
        now = base.coverage(app_id)
        if now is not None and (position < now or (position == now and not may_stay)):
            raise WriteConflict(f"{base.spec.name}: {app_id} is covered up to {now} already")


def _check_unmoved(
    lake: Lake, table: DeltaTable, base: Snapshot, coverage: Mapping[str, int]
) -> None:
    """Check that the slices cover, and are owned, as in *base*: then they hold the same blocks."""
    name = base.spec.name
    same = base.table_id == str(table.metadata().id)
    known = (base.version, base.transactions) if same else None
    with delta_errors(name):
        current = transactions_of(lake.objects, table_key(name), table, known)
    for app_id in coverage:
        for transaction in (app_id, Slice.from_app_id(app_id)[0].owner_id):
            was, now = base.transactions.get(transaction), current.get(transaction)
            if was != now:
                raise WriteConflict(f"{name}: {transaction} moved from {was} to {now}")


def _open_at(lake: Lake, base: Snapshot) -> DeltaTable:
    """Open the very version of *base*; of a table that was made only now, its first."""
    spec, version = base.spec, max(base.version, 0)
    uri, options = lake.table_uri(spec.name), dict(lake.delta_options)
    try:
        with delta_errors(spec.name):
            table = DeltaTable(uri, version=version, storage_options=options)
    except TableRefused as exc:
        raise WriteConflict(f"{spec.name}: the log no longer has version {version}") from exc
    if base.version != NO_TABLE and str(table.metadata().id) != base.table_id:
        raise WriteConflict(f"{spec.name}: the table was removed and made anew")
    return table
