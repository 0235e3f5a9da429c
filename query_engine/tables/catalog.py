"""What SQL may name in FROM: every view by its name, and the table functions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import polars as pl
from polars.io.plugins import register_io_source

from assets.views.catalog import BUILT_IN, Views
from assets.views.view import LiveView, View
from auth.principal import Principal
from query_engine.builds.patience import Patience
from query_engine.cancel import CancelToken
from query_engine.progress import Progress
from query_engine.running import RunningQueries
from query_engine.sql.catalog import CatalogFunction, ScanRequest, Schema, Table
from query_engine.sql.errors import SqlError, UnknownTable
from query_engine.sql.positions import Source
from query_engine.sql.view_statements import ViewStatement
from query_engine.tables import system
from query_engine.tables.defining import ROWS, Changing, checked_definition
from query_engine.tables.functions.catalog import LAKE_FUNCTIONS, lake_function
from query_engine.tables.functions.function import FunctionTable
from query_engine.tables.live import LiveTable
from query_engine.tables.payloads import PayloadReader
from query_engine.tables.ranges import TimeRange
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import LakeCaches, QuerySession
from query_engine.workers.scratch import Scratch


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
        view = table_view(self._session.views, name)
        if isinstance(view, LiveView):
            return LiveTable(self._session, view)
        return ViewTable(self._session, view)

    def table_function(self, name: str, args: Sequence[object]) -> Table:
        """
        Return the rows of a table function.

        Raises:
            UnknownTable: There is no such function.
            SqlError: The arguments are wrong.
        """
        function = lake_function(name, admin=self._session.admin)
        return FunctionTable(self._session, name, function.call(args, self._session.views))

    def change_views(self, statement: ViewStatement, source: Source) -> pl.LazyFrame:
        """Return the plan that defines or drops a view when it runs; raises SqlError."""
        session = self._session
        views, admin = session.views, session.admin
        definition = checked_definition(statement, source, views, admin=admin)
        conninfo = session.caches.lake.pool.conninfo
        assert isinstance(conninfo, str), "open_lake makes the pool from a URL"
        session.caches.views_change()
        return register_io_source(Changing(conninfo, statement, definition), schema=ROWS)

    def schemas(self) -> Mapping[str, Schema]:
        """What tells about the queries themselves."""
        return {system.NAME: system.SystemSchema(self._session)}

    def payload_reader(self) -> PayloadReader:
        """Return the reader of the lake's payloads."""
        return PayloadReader.of(self._session.caches.lake, self._session.audiences)

    def table_functions(self) -> Sequence[CatalogFunction]:
        """The functions that read the lake."""
        return functions_of(admin=self._session.admin)

    def table_names(self) -> Sequence[str]:
        """Every name that `table` knows."""
        return names_of(self._session.views)


@dataclass(frozen=True, slots=True)
class EmptyTable:
    """A table without its rows, for planning only."""

    name: str
    schema: pl.Schema

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return no rows."""
        del request
        return self.schema.to_frame().lazy()


@dataclass(frozen=True, slots=True)
class EmptyView(EmptyTable):
    """A view without its rows."""

    doc: str
    column_docs: Mapping[str, str]

    @classmethod
    def of(cls, view: View | LiveView) -> Self:
        """Return the empty table of a view."""
        docs = {column.name: column.doc for column in view.columns}
        return cls(view.name, view.schema, view.doc, docs)


class SchemaCatalog:
    """The same tables without their rows: planning against it reads nothing."""

    def __init__(self, *, admin: bool = True, views: Views = BUILT_IN) -> None:
        self._admin, self._views = admin, views

    def table(self, name: str) -> Table:
        """Return the empty table; raises as `LakeCatalog.table`."""
        return EmptyView.of(table_view(self._views, name))

    def table_function(self, name: str, args: Sequence[object]) -> Table:
        """Return the empty table; raises as `LakeCatalog.table_function`."""
        call = lake_function(name, admin=self._admin).call(args, self._views)
        return EmptyTable(name, call.schema)

    def change_views(self, statement: ViewStatement, source: Source) -> pl.LazyFrame:
        """Return what such a statement yields, without a row; raises as the lake's."""
        checked_definition(statement, source, self._views, admin=self._admin)
        return ROWS.to_frame().lazy()

    def schemas(self) -> Mapping[str, Schema]:
        """The same as of the lake."""
        return {system.NAME: system.SystemSchema()}

    def table_functions(self) -> Sequence[CatalogFunction]:
        """The functions that read the lake."""
        return functions_of(admin=self._admin)

    def table_names(self) -> Sequence[str]:
        """Every name that `table` knows."""
        return names_of(self._views)


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
        reader: Principal,
        admin: bool = True,
        patience: Patience | None = None,
    ) -> Iterator[LakeCatalog]:
        """Open the tables as of now; scans that were returned live as long as *scratch*."""
        session = QuerySession(
            self.caches,
            time_range,
            token,
            scratch,
            progress,
            reader=reader,
            admin=self.admin and admin,
            patience=patience,
        )
        try:
            yield LakeCatalog(session)
        finally:
            session.close()

    def views(self) -> Views:
        """Return the views that there are now."""
        return self.caches.views()

    def close(self, timeout_s: float) -> bool:
        """Stop building; True if nothing goes on after so long."""
        builder = self.caches.builder
        return builder is None or builder.close(timeout_s)

    def schemas(self, *, admin: bool = True) -> SchemaCatalog:
        """Return the tables without their rows."""
        return SchemaCatalog(admin=self.admin and admin, views=self.caches.views())


def names_of(views: Views) -> tuple[str, ...]:
    """Return what a query names like a table."""
    return tuple(view.name for view in views.in_from)


def table_view(views: Views, name: str) -> View | LiveView:
    """
    Return the view that a query names like a table.

    Raises:
        SqlError: The view is kept per process and needs `view_instance`.
        UnknownTable: There is no such view.
    """
    view = views.find(name)
    if view is None:
        raise UnknownTable(f"no table {name!r}; there are: {', '.join(names_of(views))}")
    if isinstance(view, View) and view.scope == "process":
        raise SqlError(
            f"{name} is kept per process", hint=f"write view_instance('{name}', '<stream_id>')"
        )
    return view


def functions_of(*, admin: bool) -> list[CatalogFunction]:
    """Return the functions that read the lake, for administrators or for others."""
    known = [function for function in LAKE_FUNCTIONS if admin or not function.admin]
    return [CatalogFunction(f.name, f.written, f.doc) for f in known]
