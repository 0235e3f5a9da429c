"""
Snapshots of the tables that queries use, kept up to date and within a byte budget.

Every call looks for new commits, so a snapshot is never older than the call that asked for it.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from deltalake import DeltaTable

from assets.storage.lake import Lake
from assets.storage.layout import table_key
from assets.storage.tables.errors import TableMissing, TableRefused, delta_errors
from assets.storage.tables.limits import CACHE_BYTES, HANDLE_COMMITS
from assets.storage.tables.log import transactions_of
from assets.storage.tables.snapshot import Snapshot, no_table, pin
from assets.storage.tables.spec import TableSpec, open_table


@dataclass(frozen=True, slots=True)
class CacheCounters:
    """
    What a TableCache did since it was made.

    Attributes:
        hits: Calls that found the table unchanged.
        misses: Calls that had to open the table or follow its log.
        evictions: Tables forgotten for want of budget.
        bytes: Estimated memory held now.
    """

    hits: int
    misses: int
    evictions: int
    bytes: int


@dataclass(eq=False)
class _Followed:
    """A table's handle, and the snapshot of where it stands."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    handle: DeltaTable | None = None
    opened_version: int = 0
    snapshot: Snapshot | None = None


class TableCache:
    """Least recently used snapshots; safe to share between threads."""

    def __init__(self, budget_bytes: int = CACHE_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._tables: OrderedDict[str, _Followed] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = self._misses = self._evictions = 0

    def snapshot(self, lake: Lake, spec: TableSpec) -> Snapshot:
        """
        Return the newest version of the table; of one that does not exist yet, ``no_table``.

        Raises:
            StorageUnavailable: The store does not answer.
        """
        uri = lake.table_uri(spec.name)
        with self._lock:
            followed = self._tables.setdefault(uri, _Followed())
            self._tables.move_to_end(uri)
        with followed.lock:
            before = followed.snapshot
            try:
                after = _newest(followed, lake, spec)
            except TableMissing:
                after = no_table(spec)
        self._account(uri, hit=after is before)
        return after

    def forget(self, lake: Lake, spec: TableSpec) -> None:
        """Drop a table, so that the next call opens it anew (its files were not as expected)."""
        with self._lock:
            self._tables.pop(lake.table_uri(spec.name), None)

    @property
    def counters(self) -> CacheCounters:
        """Return what was done so far."""
        with self._lock:
            return CacheCounters(self._hits, self._misses, self._evictions, self._bytes())

    def _account(self, uri: str, *, hit: bool) -> None:
        with self._lock:
            self._hits += hit
            self._misses += not hit
            if uri in self._tables and self._tables[uri].snapshot is None:
                del self._tables[uri]
            while self._tables and self._bytes() > self._budget_bytes:
                self._tables.popitem(last=False)
                self._evictions += 1

    def _bytes(self) -> int:
        return sum(f.snapshot.size_bytes for f in self._tables.values() if f.snapshot)


def open_snapshot(lake: Lake, spec: TableSpec) -> tuple[DeltaTable, Snapshot]:
    """
    Open the newest version of a table, and the handle that stands there.

    Raises:
        TableMissing: There is none.
    """
    table = open_table(lake, spec)
    with delta_errors(spec.name):
        txns = transactions_of(lake.objects, table_key(spec.name), table)
        return table, pin(table, lake.table_uri(spec.name), spec, txns)


def _newest(followed: _Followed, lake: Lake, spec: TableSpec) -> Snapshot:
    """Bring the handle to the newest version; return the same snapshot if it is there already."""
    if followed.handle is not None and followed.snapshot is not None:
        snapshot = _advance(followed.handle, followed.snapshot, lake, spec)
        if snapshot is not None and snapshot.version - followed.opened_version < HANDLE_COMMITS:
            followed.snapshot = snapshot
            return snapshot
    followed.handle = followed.snapshot = None
    followed.handle, followed.snapshot = open_snapshot(lake, spec)
    followed.opened_version = followed.snapshot.version
    return followed.snapshot


def _advance(handle: DeltaTable, known: Snapshot, lake: Lake, spec: TableSpec) -> Snapshot | None:
    """Follow the log from a known snapshot; None if it no longer reaches back so far."""
    try:
        with delta_errors(spec.name):
            handle.update_incremental()
            if handle.version() == known.version and known.spec == spec:
                return known
            key, since = table_key(spec.name), (known.version, known.transactions)
            txns = transactions_of(lake.objects, key, handle, since)
            return pin(handle, lake.table_uri(spec.name), spec, txns)
    except TableRefused:
        return None
