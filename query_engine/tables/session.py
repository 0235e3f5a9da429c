"""
The moment that a query sees: one pinned snapshot per table, one moment of the metadata.

Rule: whatever a query scans, and however often, it scans the same snapshot of a table and the same
committed blocks. Both compare positions with the snapshot's coverage, so a block below it is read
from the table and one above from the tail, also when the two moments differ a little.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from psycopg import Connection, sql

from assets.materialize import DecodedCache
from assets.storage.lake import Lake
from assets.storage.metadata.closings import ClosedHours
from assets.storage.tables import LookupCache, Snapshot, TableCache
from assets.views.physical import table_spec
from assets.views.view import View
from query_engine.allowance import Allowance
from query_engine.cancel import CancelToken
from query_engine.metrics import QueryMetrics
from query_engine.progress import Progress
from query_engine.running import RunningQueries
from query_engine.tables.ranges import TimeRange
from query_engine.workers.scratch import Scratch

_BEGIN = sql.SQL(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {milliseconds}"
)


@dataclass(frozen=True, slots=True)
class LakeCaches:
    """The lake with what its queries share."""

    lake: Lake
    snapshots: TableCache
    decoded: DecodedCache
    metrics: QueryMetrics
    closed: ClosedHours = field(default_factory=ClosedHours)
    running: RunningQueries = field(default_factory=RunningQueries)
    allowance: Allowance = field(default_factory=Allowance)
    lookups: LookupCache = field(default_factory=LookupCache)


class QuerySession:
    """
    What the scans of one query share. Used by one thread, closed when the query is planned.

    Plans leave this process: none may hold the session or anything of it, except files of
    *scratch*.

    Attributes:
        caches: The lake and what all queries share.
        time_range: The call's range, obeyed by every scan.
        token: Ends the query early; what takes long asks it.
        scratch: Where rows go that are too many for a plan.
        admin: Who asks has the functions that only administrators have.
        progress: What the query's scans will read is counted there.
    """

    def __init__(
        self,
        caches: LakeCaches,
        time_range: TimeRange | None,
        token: CancelToken,
        scratch: Scratch,
        progress: Progress | None = None,
        *,
        admin: bool = True,
    ) -> None:
        self.caches, self.time_range = caches, time_range
        self.token, self.scratch, self.admin = token, scratch, admin
        self.progress = progress or Progress()
        self._snapshots: dict[tuple[str, str], Snapshot] = {}
        self._connection: Connection | None = None

    def snapshot(self, view: View, process_id: str = "") -> Snapshot:
        """
        Return the table's snapshot, pinned by the first call; of a per-process view, per process.

        Raises:
            StorageUnavailable: The object store does not answer.
        """
        key = (view.name, process_id)
        if key not in self._snapshots:
            caches = self.caches
            self._snapshots[key] = caches.snapshots.snapshot(caches.lake, table_spec(view))
        return self._snapshots[key]

    def is_pinned(self, view: View, process_id: str) -> bool:
        """Say whether a scan of this process's rows may have been returned already."""
        return (view.name, process_id) in self._snapshots

    @contextmanager
    def metadata(self) -> Iterator[Connection]:
        """Lend the connection whose statements all see the moment of the first one."""
        if self._connection is None:
            self._connection = self.caches.lake.pool.getconn()
            left = sql.Literal(self.token.milliseconds_left)
            self._connection.execute(_BEGIN.format(milliseconds=left))
        yield self._connection

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.rollback()
            finally:
                self.caches.lake.pool.putconn(connection)
