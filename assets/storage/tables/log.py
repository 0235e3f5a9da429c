"""
The app transactions of a table, read from its Delta log.

deltalake answers for one name only; a snapshot needs them all. Rule: what is returned is exactly
the state at the version asked for. Newer coverage with older files would lose rows.
"""

import io
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import polars as pl
from deltalake import DeltaTable

from assets.errors import ObjectMissing
from assets.storage.objects import ObjectStore
from assets.storage.tables.errors import TableRefused
from assets.storage.tables.limits import LOG_READERS


class Outrun(Exception):
    """The newest checkpoint is of a later version than the one asked for: ask for a later one."""


def transactions_at(objects: ObjectStore, key: str, version: int) -> dict[str, int]:
    """
    Return every app transaction of the table below *key*, as of *version*.

    Raises:
        Outrun: See there.
        ObjectMissing: The log lacks an entry.
        TableRefused: The log was checkpointed by another writer in a way that we do not write.
    """
    start, known = _checkpoint(objects, key)
    if start > version:
        raise Outrun
    return transactions_after(objects, key, start, known, version)


def transactions_of(
    objects: ObjectStore,
    key: str,
    table: DeltaTable,
    known: tuple[int, Mapping[str, int]] | None = None,
) -> dict[str, int]:
    """
    Return every app transaction at the version of *table*, moving it forward if it must be.

    *known* are those of an earlier version of the same table; they save reading a checkpoint.

    Raises:
        ObjectMissing, TableRefused: As ``transactions_at``.
    """
    if known is not None and known[0] <= table.version():
        try:
            return transactions_after(objects, key, *known, table.version())
        except ObjectMissing:
            pass  # the log no longer reaches back so far
    while True:
        try:
            return transactions_at(objects, key, table.version())
        except Outrun:
            table.update_incremental()


def transactions_after(
    objects: ObjectStore, key: str, start: int, known: Mapping[str, int], version: int
) -> dict[str, int]:
    """
    Return the app transactions at *version*, given those at *start*.

    Raises:
        ObjectMissing: An entry between is no longer there.
    """
    names = [f"{key}/_delta_log/{v:020}.json" for v in range(start + 1, version + 1)]
    current = dict(known)
    if len(names) <= 2:
        entries: Iterable[bytes] = map(objects.get, names)
    else:
        with ThreadPoolExecutor(LOG_READERS) as pool:
            entries = list(pool.map(objects.get, names))
    for entry in entries:
        current.update(_transactions_in(entry))
    return current


def _transactions_in(entry: bytes) -> dict[str, int]:
    actions = (json.loads(line) for line in entry.splitlines() if b'"txn"' in line[:16])
    return {action["txn"]["appId"]: action["txn"]["version"] for action in actions}


def _checkpoint(objects: ObjectStore, key: str) -> tuple[int, dict[str, int]]:
    """Return the version and the app transactions of the newest checkpoint; -1 without one."""
    try:
        hint = json.loads(objects.get(f"{key}/_delta_log/_last_checkpoint"))
    except ObjectMissing:
        return -1, {}
    if hint.get("parts") or hint.get("v2Checkpoint"):
        raise TableRefused(f"{key}: checkpoint {hint['version']} was not written by us")
    name = f"{key}/_delta_log/{hint['version']:020}.checkpoint.parquet"
    rows = pl.read_parquet(io.BytesIO(objects.get(name)), columns=["txn"])
    found = rows.get_column("txn").drop_nulls().struct.unnest().drop_nulls("appId")
    return hint["version"], dict(zip(found["appId"], found["version"], strict=True))
