"""
The tables that the SELECT of a view reads: frames that are given to it when it is built.

Rule: a SELECT of a view sees its sources and nothing else of the lake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.views.catalog import Views
from assets.views.view import LiveView, View
from query_engine.sql.catalog import ScanRequest, Schema
from query_engine.sql.errors import SqlError, UnknownTable


@dataclass(frozen=True, slots=True)
class GivenTable:
    """
    A table whose rows are given later.

    Attributes:
        view: The source that it is; None for the partial rows of a merge.
        rows: The rows, once they are given.
    """

    name: str
    schema: pl.Schema
    view: View | None = None
    rows: pl.LazyFrame | None = None

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that were given; none before."""
        del request
        return self.schema.to_frame().lazy() if self.rows is None else self.rows


class _Alone:
    """A catalog of nothing but tables."""

    def table_function(self, name: str, args: Sequence[object]) -> GivenTable:
        """Raise: functions in FROM read the lake as of now."""
        del args
        raise SqlError(f"{name}(...) cannot stand in a view: it reads the lake as of now")

    def schemas(self) -> Mapping[str, Schema]:
        """None."""
        return {}


class SourceCatalog(_Alone):
    """The views that a view may be built from, among *views*."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def table(self, name: str) -> GivenTable:
        """
        Return a source without rows.

        Raises:
            UnknownTable: There is no such view.
            SqlError: It cannot be the source of a view.
        """
        view = self._views.find(name)
        if view is None:
            known = ", ".join(self.table_names())
            raise UnknownTable(f"no view {name!r} to build from; there are: {known}")
        if isinstance(view, LiveView):
            raise SqlError(f"{name} changes without events: a view cannot be built from it")
        if view.merge is not None:
            raise SqlError(
                f"{name} is a rollup: its stored rows are partial, nothing can be built from them",
                hint=f"build it from {', '.join(view.sources)}, as {name} is",
            )
        return GivenTable(name, view.schema, view)

    def table_names(self) -> Sequence[str]:
        """Every view that can be a source."""
        return tuple(view.name for view in self._views.materialized if view.merge is None)


class PartialCatalog(_Alone):
    """The one table that a merge SELECT reads: partial rows, called ``partial``."""

    NAME = "partial"

    def __init__(self, schema: pl.Schema) -> None:
        self._schema = schema

    def table(self, name: str) -> GivenTable:
        """Return the partial rows; raises UnknownTable."""
        if name != self.NAME:
            raise UnknownTable(f"a merge SELECT reads FROM {self.NAME}, not {name}")
        return GivenTable(name, self._schema)

    def table_names(self) -> Sequence[str]:
        """The one."""
        return (self.NAME,)
