"""Live views as SQL scans them: rows straight from Postgres, filters pushed down."""

from dataclasses import dataclass

import polars as pl

from assets.materialize import live_rows
from assets.views.view import LiveView
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.ranges import matching, range_predicates
from query_engine.tables.session import QuerySession


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A live view."""

    session: QuerySession
    view: LiveView

    @property
    def name(self) -> str:
        """Name of the view."""
        return self.view.name

    @property
    def schema(self) -> pl.Schema:
        """Columns of the view."""
        return self.view.schema

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that can satisfy the request, within the call's time range."""
        ranged = range_predicates(self.view, self.session.time_range)
        with self.session.metadata() as connection:
            rows = live_rows(
                connection,
                self.view,
                audiences=self.session.audiences,
                columns=_with_times(self.view, request.columns),
                predicates=(*request.predicates, *ranged),
                limit=request.limit,
            )
        return matching(self.session.scratch.frame(rows), ranged)


def _with_times(view: LiveView, columns: frozenset[str] | None) -> frozenset[str] | None:
    """Add the columns that the range filter reads; None stays all."""
    if columns is None:
        return None
    return columns | {view.time_column, view.end_column or view.time_column}
