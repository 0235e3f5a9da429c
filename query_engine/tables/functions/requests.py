"""
What the functions of administrators share: they ask for work on tables and show how it goes.

Rule: nothing is asked for while a query is planned. The plan's source does it when it runs, under
an id made at planning, so that neither EXPLAIN nor a second attempt asks for anything.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl
import psycopg
from polars.io.plugins import register_io_source

from assets.materialize import uncovered_between
from assets.storage.layout import SLICE_WIDTH, Slice
from assets.storage.metadata.requests import ENDED, Wish, ask, reports, state_of
from assets.storage.metadata.session import outages_translated, prepare
from assets.views.catalog import Views
from assets.views.view import TIME, View
from query_engine.functions.function import BadValue
from query_engine.limits import REQUEST_HOURS_MAX, REQUEST_POLL_SECONDS, REQUEST_WAIT_SECONDS_MAX
from query_engine.sql.catalog import ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.sql.row_source import RowSource
from query_engine.tables.functions.function import schema_of
from query_engine.tables.session import QuerySession

ROWS = (
    ("time", TIME, "when it was said"),
    ("msg", pl.String(), "what became of the request so far"),
)

HOUR_NS = int(SLICE_WIDTH.total_seconds()) * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Asking:
    """
    A checked call: what to ask for.

    Attributes:
        wish: None when there is nothing to ask for; ``note`` then says why.
        failure_ends: A request that fails is an error of the query, not a last row.
    """

    wish: Wish | None
    note: str = ""
    failure_ends: bool = False

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """Return the reports of the request, which is made when the plan runs."""
        note = self.note if self.wish is None else covered(session, self.wish)
        if self.wish is None or note:
            now = datetime.now(UTC)
            return pl.LazyFrame([(now, note)], schema=self.schema, orient="row")
        conninfo = session.caches.lake.pool.conninfo
        assert isinstance(conninfo, str), "open_lake makes the pool from a URL"
        left = session.token.milliseconds_left / 1000 - 1.0
        seconds = max(0.0, min(REQUEST_WAIT_SECONDS_MAX, left))
        source = Reports(conninfo, uuid.uuid4(), self.wish, seconds, self.failure_ends)
        return register_io_source(source, schema=self.schema)


def covered(session: QuerySession, wish: Wish) -> str:
    """Return that there is nothing to do, if the table holds already what is asked for; else ""."""
    if wish.action != "materialize":
        return ""
    caches, view = session.caches, session.views.named(wish.view)
    begin, end = wish.begin, min(wish.end, Slice.containing(datetime.now(UTC)).end)
    if uncovered_between(caches.lake, view, caches.snapshots, begin=begin, end=end):
        return ""
    return "nothing is missing: the table holds every settled block of these hours"


@dataclass(frozen=True, slots=True)
class Reports(RowSource):
    """
    The source of a plan that makes a request and yields what is reported of it, as it comes.

    Attributes:
        seconds_max: It stops waiting then; the request stays.
    """

    database_url: str = field(repr=False)
    request_id: uuid.UUID
    wish: Wish
    seconds_max: float
    failure_ends: bool

    def frames(self) -> Iterator[pl.DataFrame]:
        """Make the request, and yield each report until it has ended."""
        deadline = time.monotonic() + self.seconds_max
        with (
            outages_translated(),
            psycopg.connect(self.database_url, autocommit=True) as connection,
        ):
            prepare(connection)
            request_id = ask(connection, self.request_id, self.wish)
            seen, last = 0, ""
            while True:
                state = state_of(connection, request_id)
                found = reports(connection, request_id, seen)
                if found:
                    seen, last = found[-1].report_id, found[-1].message
                    yield frame_of([(report.time, report.message) for report in found])
                if state is None or state in ENDED:
                    if state == "failed" and self.failure_ends:
                        # The report may have been read one turn before the state that it is of.
                        raise BadValue(f"the request failed: {last}")
                    return
                if time.monotonic() >= deadline:
                    said = f"still {state}; it goes on, ask again with the same arguments"
                    yield frame_of([(datetime.now(UTC), said)])
                    return
                time.sleep(REQUEST_POLL_SECONDS)


def frame_of(rows: list[tuple[datetime, str]]) -> pl.DataFrame:
    """Return rows of times and messages."""
    return pl.DataFrame(rows, schema=schema_of(ROWS), orient="row")


def global_view(function: str, views: Views, name: str) -> View:
    """Return a view whose slices runs build; "" is any, for planning. Raises SqlError."""
    known = {view.name: view for view in views.continuous}
    if not name:
        return next(iter(known.values()))
    if name not in known:
        raise SqlError(f"{function} has no view {name!r}; there are: {', '.join(known)}")
    return known[name]


def hours_inside(function: str, begin_ns: int, end_ns: int) -> tuple[datetime, datetime] | None:
    """Return the whole hours of insert time in a range; None if there is none. Raises SqlError."""
    first, last = -(-begin_ns // HOUR_NS), end_ns // HOUR_NS
    if last - first > REQUEST_HOURS_MAX:
        raise SqlError(f"{function} takes at most {REQUEST_HOURS_MAX} hours at a time")
    if last <= first:
        return None
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    return zero + timedelta(hours=first), zero + timedelta(hours=last)


def seconds_of(function: str, delta: object) -> int:
    """Return the width of buckets, in seconds; raises SqlError."""
    if not isinstance(delta, int) or isinstance(delta, bool) or delta <= 0:
        raise SqlError(f"{function} takes the width of a partition in whole seconds, more than 0")
    return delta


def shown(begin: datetime, end: datetime) -> str:
    """Return a range of hours for people."""
    return f"[{begin:%Y-%m-%dT%H:%M}Z, {end:%Y-%m-%dT%H:%M}Z)"
