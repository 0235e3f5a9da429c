"""The argument that names a trace, and the spans that it means."""

import re

import polars as pl

from assets.views.catalog import view_named
from query_engine.sql.catalog import ColumnPredicate, ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import text
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

TRACE_SPANS = view_named("otel_spans")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")


def trace_id(function: str, value: object) -> str:
    """Return the id in lower case; "" while it is unknown."""
    given = text(function, "a trace id", value).lower()
    if given and not _TRACE_ID.fullmatch(given):
        raise SqlError(f"{given!r:.60} is not a trace id; ids are 32 hexadecimal digits")
    return given


def spans_of(session: QuerySession, trace: str, columns: frozenset[str] | None) -> pl.LazyFrame:
    """Return the spans of a trace, of all processes."""
    wanted = (ColumnPredicate("trace_id", "=", trace),)
    rows = ViewTable(session, TRACE_SPANS).scan(ScanRequest(columns, wanted))
    names = [name for name in rows.collect_schema() if columns is None or name in columns]
    return rows.filter(pl.col("trace_id") == trace).select(names)
