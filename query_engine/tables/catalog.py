"""What SQL may name in FROM: every view by its name, and the table functions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from assets.views.catalog import LIVE_VIEWS, VIEWS
from query_engine.cancel import CancelToken
from query_engine.progress import Progress
from query_engine.running import RunningQueries
from query_engine.sql.catalog import CatalogFunction, ScanRequest, Schema, Table
from query_engine.sql.errors import SqlError, UnknownTable
from query_engine.tables import system
from query_engine.tables.functions.catalog import LAKE_FUNCTIONS, lake_function
from query_engine.tables.functions.function import FunctionTable
from query_engine.tables.live import LiveTable
from query_engine.tables.payloads import PayloadReader
from query_engine.tables.ranges import TimeRange
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import LakeCaches, QuerySession
from query_engine.workers.scratch import Scratch

_VIEWS = {view.name: view for view in VIEWS}
_LIVE_VIEWS = {view.name: view for view in LIVE_VIEWS}
TABLE_NAMES = (
    *(view.name for view in VIEWS if view.scope == "global"),
    *(view.name for view in LIVE_VIEWS),
)


class LakeCatalog:
    """The tables as of the session's moment."""

    def __init__(self, session: QuerySession) -> None:
        self._session = session

    def table(self, name: str) -> Table:
        """
        Return the table called *name*.

        Raises:
            UnknownTable: There is none.
        """
        check_name(name)
        if name in _LIVE_VIEWS:
            return LiveTable(self._session, _LIVE_VIEWS[name])
        return ViewTable(self._session, _VIEWS[name])

    def table_function(self, name: str, args: Sequence[object]) -> Table:
        """
        Return the rows of a table function.

        Raises:
            UnknownTable: There is no such function.
            SqlError: The arguments are wrong.
        """
        function = lake_function(name, admin=self._session.admin)
        return FunctionTable(self._session, name, function.call(args))

    def schemas(self) -> Mapping[str, Schema]:
        """What tells about the queries themselves."""
        return {system.NAME: system.SystemSchema(self._session)}

    def payload_reader(self) -> PayloadReader:
        """Return the reader of the lake's payloads."""
        return PayloadReader.of(self._session.caches.lake)

    def table_functions(self) -> Sequence[CatalogFunction]:
        """The functions that read the lake."""
        return functions_of(admin=self._session.admin)

    def table_names(self) -> Sequence[str]:
        """Every name that `table` knows."""
        return TABLE_NAMES


@dataclass(frozen=True, slots=True)
class EmptyTable:
    """A table without its rows, for planning only."""

    name: str
    schema: pl.Schema

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return no rows."""
        del request
        return self.schema.to_frame().lazy()


class SchemaCatalog:
    """The same tables without their rows: planning against it reads nothing."""

    def __init__(self, *, admin: bool = True) -> None:
        self._admin = admin

    def table(self, name: str) -> Table:
        """Return the empty table; raises as `LakeCatalog.table`."""
        check_name(name)
        return EmptyTable(name, (_LIVE_VIEWS.get(name) or _VIEWS[name]).schema)

    def table_function(self, name: str, args: Sequence[object]) -> Table:
        """Return the empty table; raises as `LakeCatalog.table_function`."""
        return EmptyTable(name, lake_function(name, admin=self._admin).call(args).schema)

    def schemas(self) -> Mapping[str, Schema]:
        """The same as of the lake."""
        return {system.NAME: system.SystemSchema()}

    def table_functions(self) -> Sequence[CatalogFunction]:
        """The functions that read the lake."""
        return functions_of(admin=self._admin)

    def table_names(self) -> Sequence[str]:
        """Every name that `table` knows."""
        return TABLE_NAMES


@dataclass(frozen=True, slots=True)
class LakeTables:
    """
    Opens one catalog per query.

    Attributes:
        admin: Whether who asks has the functions that only administrators have.
    """

    caches: LakeCaches
    admin: bool = True

    @property
    def running(self) -> RunningQueries:
        """The queries under way."""
        return self.caches.running

    @contextmanager
    def open(
        self,
        time_range: TimeRange | None,
        token: CancelToken,
        scratch: Scratch,
        progress: Progress | None = None,
        *,
        admin: bool = True,
    ) -> Iterator[LakeCatalog]:
        """Open the tables as of now; scans that were returned live as long as *scratch*."""
        session = QuerySession(
            self.caches, time_range, token, scratch, progress, admin=self.admin and admin
        )
        try:
            yield LakeCatalog(session)
        finally:
            session.close()

    def schemas(self) -> SchemaCatalog:
        """Return the tables without their rows."""
        return SchemaCatalog(admin=self.admin)


def check_name(name: str) -> None:
    """
    Refuse names that are no table.

    Raises:
        SqlError: The view is kept per process and needs `view_instance`.
        UnknownTable: There is no such view.
    """
    if name in TABLE_NAMES:
        return
    if name in _VIEWS:
        raise SqlError(
            f"{name} is kept per process", hint=f"write view_instance('{name}', '<stream_id>')"
        )
    raise UnknownTable(f"no table {name!r}; there are: {', '.join(TABLE_NAMES)}")


def functions_of(*, admin: bool) -> list[CatalogFunction]:
    """Return the functions that read the lake, for administrators or for others."""
    known = [function for function in LAKE_FUNCTIONS if admin or not function.admin]
    return [CatalogFunction(f.name, f.written, f.doc) for f in known]
