"""
Files of a table in place of others, in one commit.

Rule: the commit lands on the very version at which it was checked that what it replaces is still
there, or it does not land. Delta's own conflict check is not asked: it lets two exchanges of the
same files pass, and the rows are there twice.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import polars as pl
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction

from assets.storage.lake import Lake
from assets.storage.tables.errors import WriteConflict, delta_errors
from assets.storage.tables.limits import EXCHANGE_ATTEMPTS
from assets.storage.tables.spec import TableSpec, open_table

Check = Callable[[DeltaTable], None]
"""Raises WriteConflict when the version at which the table stands is not what was planned from."""


def exchange(
    lake: Lake,
    spec: TableSpec,
    gone: pl.DataFrame,
    added: Sequence[AddAction],
    *,
    check: Check,
    transactions: Mapping[str, int],
    data_change: bool,
) -> int:
    """
    Commit *added* in place of the files *gone*; return a version that has them.

    Args:
        lake: Where the table is.
        spec: The table.
        gone: Rows of ``Snapshot.files``.
        added: Files that have been put.
        check: Asked before each try.
        transactions: App transactions that the commit carries.
        data_change: Whether the rows are others than before. If so, increments of other slices
            that are being committed just now have to try again.

    Raises:
        WriteConflict: A file of *gone* has left the table, or *check* says so; or other commits
            came first ``EXCHANGE_ATTEMPTS`` times.
        StorageUnavailable: The store does not answer.
    """
    actions = [replace(action, data_change=data_change) for action in added]
    leaving = removals(spec, gone, data_change=data_change)
    properties = CommitProperties(
        max_commit_retries=0,  # the next version, or none
        app_transactions=[Transaction(name, number) for name, number in transactions.items()],
    )
    for attempt in range(EXCHANGE_ATTEMPTS):
        table = open_table(lake, spec)
        check_live(table, spec, gone)
        check(table)
        try:
            with delta_errors(spec.name):
                table.create_write_transaction(
                    [*actions, *leaving],
                    "append",
                    table.schema(),
                    partition_by=list(spec.partition_by),
                    commit_properties=properties,
                )
                table.update_incremental()
            return int(table.version())
        except WriteConflict:
            time.sleep(random.random() * min(0.02 * 2**attempt, 1.0))  # noqa: S311  (no secret)
    raise WriteConflict(f"{spec.name}: {EXCHANGE_ATTEMPTS} times others committed first")


def removals(spec: TableSpec, gone: pl.DataFrame, *, data_change: bool) -> list[RemoveAction]:
    """Return the actions that take files out of a table."""
    now = time.time_ns() // 1_000_000
    return [
        RemoveAction(
            in_table(spec, file["path"]),
            data_change,
            now,
            file["size_bytes"],
            {name: str(file[name]) for name in spec.partition_by},
        )
        for file in gone.iter_rows(named=True)
    ]


def in_table(spec: TableSpec, path: str) -> str:
    """Return a file's path relative to its table: its partitions and its name."""
    return "/".join(path.split("/")[-len(spec.partition_by) - 1 :])


def check_live(table: DeltaTable, spec: TableSpec, files: pl.DataFrame) -> None:
    """
    Check that the version at which *table* stands still has *files*.

    Raises:
        WriteConflict: It has not.
    """
    live = set(pa.table(table.get_add_actions())["path"].to_pylist())
    lost = {in_table(spec, path) for path in files["path"]} - live
    if lost:
        raise WriteConflict(f"{spec.name}: {len(lost)} files were replaced meanwhile")
