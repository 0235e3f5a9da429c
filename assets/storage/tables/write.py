"""
Rows into a table: one Delta commit that carries the rows and what they cover.

Rule: a write stands on the snapshot that it was planned from. It lands only if what its slices
cover is still what that snapshot says; otherwise nothing is written and WriteConflict is raised.
"""

import random
import time
from collections.abc import Collection, Mapping, Sequence

import polars as pl
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction
from polars.exceptions import PolarsError

from assets.errors import LimitExceeded
from assets.storage.lake import Lake
from assets.storage.layout import Slice, table_key
from assets.storage.tables.columns import as_stored, present_in, renamed, types_of
from assets.storage.tables.data_files import put_files
from assets.storage.tables.errors import OtherVersion, TableRefused, WriteConflict, delta_errors
from assets.storage.tables.exchange import exchange
from assets.storage.tables.limits import (
    COMMIT_ATTEMPTS,
    DELTA_RETRIES,
    REPLACE_SLICES,
)
from assets.storage.tables.log import transactions_of
from assets.storage.tables.lookups import put_filters
from assets.storage.tables.making import ensure_table
from assets.storage.tables.promoted import (
    Promoted,
    add_promoted,
    keys_to_promote,
    promoted_of,
    with_promoted,
)
from assets.storage.tables.rewriting import Budget, Source, rewritten
from assets.storage.tables.snapshot import NO_TABLE, Snapshot, files_in, live_files, polars_schema
from assets.storage.tables.spec import (
    TableSpec,
    open_table,
    partition_values,
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
        OtherVersion: A slice holds rows of another generation of the view.
        TableRefused: The rows do not fit the table.
        StorageUnavailable: The store does not answer.
    """
    _check_rising(base, coverage)
    for app_id in coverage:
        slice_, generation = Slice.from_app_id(app_id)
        owner = base.transactions.get(slice_.owner_id)
        if owner not in {None, generation}:
            raise OtherVersion(f"{spec.name}: slice {slice_.owner_id} is of generation {owner}")
    data = _stored(rows, spec, [Slice.from_app_id(app_id)[0] for app_id in coverage])
    if base.version == NO_TABLE:
        ensure_table(lake, spec)
    made: tuple[tuple[TableSpec, Sequence[Promoted]], list[AddAction]] | None = None
    for attempt in range(COMMIT_ATTEMPTS):
        table = open_table(lake, spec)
        _check_unmoved(lake, table, base, coverage)
        try:
            stored, named = _as_kept(spec, table, data)
            if promote(lake, stored, table, named):
                continue
            promoted = promoted_of(table)
            if made is None or made[0] != (stored, promoted):
                files = _put(lake, stored, with_promoted(named, promoted))
                made = (stored, promoted), files
            return _add(table, stored, made[1], coverage)
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
    table = open_table(lake, spec)
    _check_same_table(table, base)
    named, rows_named = _as_kept(spec, table, data)
    if promote(lake, named, table, rows_named):
        raise WriteConflict(f"{spec.name}: it has new promoted columns since it was planned from")
    places = {place for slice_ in slices for place in (slice_, slice_.day)}
    replaced = pl.concat([files_in(base.files, spec, place) for place in places])
    added = _put(lake, named, with_promoted(rows_named, promoted_of(table)))
    added += _rest_of_days(lake, named, table, base, slices)

    def check(now: DeltaTable) -> None:
        _check_same_table(now, base)
        _check_unmoved(lake, now, base, coverage)
        _check_same_files(lake, now, base, places)

    return exchange(
        lake,
        spec,
        replaced,
        added,
        check=check,
        transactions=transactions_for(coverage),
        data_change=True,
    )


def _rest_of_days(
    lake: Lake, spec: TableSpec, table: DeltaTable, base: Snapshot, slices: Sequence[Slice]
) -> list[AddAction]:
    """Put the rows of merged days anew that are of other hours than *slices*."""
    added: list[AddAction] = []
    for day in {slice_.day for slice_ in slices}:
        files = files_in(base.files, base.spec, day)
        left = [hour for hour in day.hours if hour not in slices]
        if files.is_empty() or not any(hour.owner_id in base.transactions for hour in left):
            continue
        gone = {slice_.hour for slice_ in slices if slice_.day == day}
        added += rewritten(lake, spec, Source.of(table, files, gone), day, Budget())
    return added


def _put(lake: Lake, spec: TableSpec, rows: pl.DataFrame) -> list[AddAction]:
    """Put sorted rows as files with their filters; return what to commit."""
    files = put_files(lake, spec, rows)
    put_filters(lake, spec, ((file.path, file.partition_values) for file in files), rows)
    return files


def _add(
    table: DeltaTable, spec: TableSpec, files: Sequence[AddAction], coverage: Mapping[str, int]
) -> int:
    """
    Commit files, and coverage, on top of the version at which *table* stands.

    Raises:
        WriteConflict: Refused because of a commit since then.
    """
    transactions = [Transaction(*one) for one in transactions_for(coverage).items()]
    with delta_errors(spec.name):
        table.create_write_transaction(
            [*files],
            "append",
            table.schema(),
            partition_by=list(spec.partition_by),
            commit_properties=CommitProperties(
                max_commit_retries=DELTA_RETRIES, app_transactions=transactions
            ),
        )
        table.update_incremental()
    return int(table.version())


def transactions_for(coverage: Mapping[str, int]) -> dict[str, int]:
    """
    Return what a commit says besides its files: what its slices cover from now on.

    Each slice's coverage comes with a transaction that names the generation as its owner. It is the
    same name for every generation, so that two of them at work on a slice conflict.
    """
    owners = dict(Slice.from_app_id(app_id) for app_id in coverage)
    return {**coverage, **{slice_.owner_id: owner for slice_, owner in owners.items()}}


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


def _as_kept(
    spec: TableSpec, table: DeltaTable, rows: pl.DataFrame
) -> tuple[TableSpec, pl.DataFrame]:
    """Return the spec and the rows with their columns called as the table keeps them."""
    names = renamed(types_of(spec.schema), present_in(table))
    return as_stored(spec, names), rows.rename(names)


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


def _check_same_table(table: DeltaTable, base: Snapshot) -> None:
    if base.version != NO_TABLE and str(table.metadata().id) != base.table_id:
        raise WriteConflict(f"{base.spec.name}: the table was removed and made anew")


def _check_same_files(
    lake: Lake, table: DeltaTable, base: Snapshot, places: Collection[Slice]
) -> None:
    """
    Check that hours and merged days have the files that they have in *base*.

    Another rebuild at the same position leaves the coverage as it is: only the files tell.
    """
    spec = base.spec
    now = live_files(table, lake.table_uri(spec.name), spec)
    for place in places:
        was, found = (set(files_in(files, spec, place)["path"]) for files in (base.files, now))
        if was != found:
            raise WriteConflict(f"{spec.name}: slice {place.owner_id} was written meanwhile")
