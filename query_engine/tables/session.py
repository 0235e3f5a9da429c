"""
The moment that a query sees: one pinned snapshot per table, one moment of the metadata.

Rule: whatever a query scans, and however often, it scans the same snapshot of a table and the same
committed blocks. Both compare positions with the snapshot's coverage, so a block below it is read
from the table and one above from the tail, also when the two moments differ a little.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import polars as pl
from psycopg import Connection, sql

from assets.materialize import Counted, DecodedCache, counted
from assets.storage.lake import Lake
from assets.storage.metadata.audiences import NotForAudience, processes_of
from assets.storage.metadata.closings import ClosedHours
from assets.storage.tables import LookupCache, Snapshot, TableCache
from assets.views.catalog import Views, built_in
from assets.views.physical import table_spec
from assets.views.view import View
from auth.principal import Principal
from query_engine.allowance import Allowance
from query_engine.builds.builder import Builder
from query_engine.builds.patience import Patience
from query_engine.cancel import CancelToken
from query_engine.metrics import QueryMetrics
from query_engine.progress import Progress
from query_engine.running import RunningQueries
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.ranges import TimeRange
from query_engine.workers.scratch import Scratch

_BEGIN = sql.SQL(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {milliseconds}"
)


def _no_matter() -> None:
    """Pass over a change of views that are looked up at every query anyway."""


@dataclass(frozen=True, slots=True)
class LakeCaches:
    """
    The lake with what its queries share.

    Attributes:
        builder: Sees to tables that lack much; without one, queries decode all that they lack.
        views: The views that there are now.
        views_change: Called when somebody is about to change them.
    """

    lake: Lake
    snapshots: TableCache
    decoded: DecodedCache
    metrics: QueryMetrics
    closed: ClosedHours = field(default_factory=ClosedHours)
    running: RunningQueries = field(default_factory=RunningQueries)
    allowance: Allowance = field(default_factory=Allowance)
    lookups: LookupCache = field(default_factory=LookupCache)
    builder: Builder | None = None
    views: Callable[[], Views] = built_in
    views_change: Callable[[], None] = _no_matter


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
        views: The views that there are as the query sees them.
        reader: Who asks.
        audiences: Whose telemetry every scan and every lookup shows; None: all.
        admin: Who asks has the functions that only administrators have.
        progress: What the query's scans will read is counted there.
        patience: What the query does about tables that lack much.
    """

    def __init__(
        self,
        caches: LakeCaches,
        time_range: TimeRange | None,
        token: CancelToken,
        scratch: Scratch,
        progress: Progress | None = None,
        *,
        reader: Principal,
        admin: bool = True,
        patience: Patience | None = None,
    ) -> None:
        self.caches, self.time_range, self.views = caches, time_range, caches.views()
        self.token, self.scratch, self.admin = token, scratch, admin
        self.reader, self.audiences = reader, reader.audiences
        self._processes: frozenset[str] | None = None
        self.progress = progress or Progress()
        self.patience = patience or Patience("tail", token)
        self._snapshots: dict[tuple[str, str], Snapshot] = {}
        self._counted: dict[tuple[str, str], Counted] = {}
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

    def counted(self, view: View, process_id: str = "") -> Counted:
        """
        Return what of the pinned snapshot counts for the view; the same for all of the query.

        Raises:
            StorageUnavailable: Storage does not answer.
        """
        key = (view.name, process_id)
        if key not in self._counted:
            self._counted[key] = counted(view, self.snapshot(view, process_id), self.metadata)
        return self._counted[key]

    def may_read(self, process_id: str) -> bool:
        """Tell whether a process is of an audience that may be read."""
        return self.audiences is None or process_id in self._readable(self.audiences)

    def telling_apart(self, view: View, request: ScanRequest) -> ScanRequest:
        """
        Return a request whose rows `readable` can tell apart.

        Raises:
            NotForAudience: Rows of the view do not say whose they are, and not all may be read.
        """
        if self.audiences is None:
            return request
        # What a definition calls process_id may be anything.
        if view.definition or "process_id" not in view.schema:
            raise NotForAudience(view.name)
        if request.columns is None:
            return request
        return replace(request, columns=request.columns | {"process_id"})

    def readable(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return those of *rows*, which name their process, that may be read."""
        if self.audiences is None:
            return rows
        ids = pl.Series("process_id", sorted(self._readable(self.audiences)), pl.String())
        return rows.join(self.scratch.frame(ids.to_frame()), on="process_id", how="semi")

    def _readable(self, audiences: frozenset[str]) -> frozenset[str]:
        if self._processes is None:
            with self.metadata() as connection:
                self._processes = frozenset(processes_of(connection, audiences))
        return self._processes

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
