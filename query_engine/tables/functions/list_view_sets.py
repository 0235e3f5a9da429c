"""list_view_sets(): every view, with the hash of what its rows look like now."""

from dataclasses import dataclass

import polars as pl

from assets.views.generation import generation_of
from assets.views.view import LiveView, View
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.functions.function import LakeFunction, schema_of
from query_engine.tables.functions.schema_hash import live_hash, schema_hash
from query_engine.tables.session import QuerySession
from query_engine.wire import wire_type

ROWS = (
    ("view_set_name", pl.String(), "name of the view"),
    ("current_schema_hash", pl.Binary(), "stands for its columns and version"),
    ("schema", pl.String(), "its columns with their Arrow types"),
    ("has_view_maker", pl.Boolean(), "view_instance opens it"),
    ("global_instance_available", pl.Boolean(), "it can be named in FROM"),
)


@dataclass(frozen=True, slots=True)
class ViewSets:
    """The call; it has no arguments."""

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """Return one row for each view."""
        rows = [
            (v.name, schema_hash(generation_of(v)), shown(v), v.merge is None, v.scope == "global")
            for v in session.views.materialized
        ]
        rows += [(v.name, live_hash(v), shown(v), False, True) for v in session.views.live]
        return pl.LazyFrame(rows, schema=self.schema, orient="row")


def shown(view: View | LiveView) -> str:
    """Return the columns of a view on one line."""
    return ", ".join(f"{column.name}: {wire_type(column.dtype)}" for column in view.columns)


LIST_VIEW_SETS = LakeFunction(
    name="list_view_sets",
    written="list_view_sets()",
    opens=ViewSets,
    counts=range(1),
    doc="Every view. current_schema_hash changes when the columns or the version of a view do.",
    rows=ROWS,
)
