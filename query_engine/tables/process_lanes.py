"""
The spans of a process in one shape, whatever kind they are: what `process_spans` and exports read.

Threads have the spans that nest in them, asynchronous ones share the lane `async`, and trace spans
the lane `trace`. Each span of a process is of one kind.
"""

from collections.abc import Mapping

import polars as pl

from assets.views.catalog import view_named
from query_engine.sql.catalog import ColumnPredicate, ScanRequest
from query_engine.tables.instances import SPANS, Instance, open_instance
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

SPAN_KINDS: Mapping[str, frozenset[str]] = {
    "thread": frozenset({"thread"}),
    "async": frozenset({"async"}),
    "both": frozenset({"thread", "async"}),
    "trace": frozenset({"trace"}),
}
"""What callers may ask for, and the kinds of spans that it is."""

_FIRST = ("stream_id", "thread_name")
LANES = pl.Schema(
    {
        name: SPANS.schema[name]
        for name in (*_FIRST, *(name for name in SPANS.schema.names() if name not in _FIRST))
    }
)
"""The columns of every kind: those of `thread_spans`, the lane first."""

_TRACE_SPANS = view_named("otel_spans")
_TRACE_NAMES = {
    "id": "span_id",
    "parent": "parent_span_id",
    "begin": "start_time",
    "end": "end_time",
}
_SAME_IN_TRACES = frozenset(LANES) & frozenset(_TRACE_SPANS.schema)
_LANE = frozenset(_FIRST)


def spans_of_process(
    session: QuerySession, process_id: str, kinds: frozenset[str], request: ScanRequest
) -> pl.LazyFrame:
    """
    Return the spans of some kinds (values of ``SPAN_KINDS``) that can satisfy the request.

    The rows are in the schema ``LANES``, or in the requested part of it. Columns that a kind does
    not have are NULL.

    Raises:
        NotFound: There is no such process.
    """
    names = [name for name in LANES if request.columns is None or name in request.columns]
    # A selection of no columns has no rows.
    names = names or ["id"]
    parts = []
    threads = open_instance(session, Instance(SPANS, process_id))
    if kinds & {"thread", "async"}:
        parts.append(_of_threads(threads, kinds, request, names))
    if "trace" in kinds:
        parts.append(_of_traces(ViewTable(session, _TRACE_SPANS, process_id), request, names))
    return pl.concat(parts) if len(parts) > 1 else parts[0]


def lasting(threads: ViewTable, end_ns: int | None = None) -> pl.Expr:
    """
    Return the end of spans, where an open span lasts: to the end of what was asked for.

    Without such an end (Unix ns), or with one that is later, it is the newest time that the blocks
    of the process know.
    """
    newest = [block.end_time_ns for block in threads.newest()[:1]]
    last = min([*newest, *([] if end_ns is None else [end_ns])], default=0)
    until = pl.max_horizontal(pl.lit(last).cast(SPANS.schema["end"]), "begin")
    return pl.coalesce("end", until).alias("end")


def number_of(column: str) -> pl.Expr:
    """Return ids of 16 hexadecimal digits as signed numbers."""
    return (
        pl.col(column)
        .str.to_integer(base=16, dtype=pl.UInt64(), strict=False)
        .reinterpret(signed=True)
    )


def _of_threads(
    table: ViewTable, kinds: frozenset[str], request: ScanRequest, names: list[str]
) -> pl.LazyFrame:
    """Return spans of threads, of coroutines, or both; the latter have a lane of their own."""
    wanted = request.predicates
    if "async" in kinds:
        wanted = tuple(one for one in wanted if one.column not in _LANE)
    needed = frozenset({*names, "in_coroutine"})
    rows = table.scan(ScanRequest(needed, wanted, report=request.report))
    asynchronous = pl.col("in_coroutine").fill_null(value=False)
    if kinds & {"thread", "async"} == {"thread"}:
        return rows.filter(~asynchronous).select(names)
    if "thread" not in kinds:
        rows = rows.filter(asynchronous)
    lane = {"stream_id": "", "thread_name": "async"}
    return rows.with_columns(
        pl.when(asynchronous).then(pl.lit(text)).otherwise(name).alias(name)
        for name, text in lane.items()
        if name in names
    ).select(names)


def _of_traces(table: ViewTable, request: ScanRequest, names: list[str]) -> pl.LazyFrame:
    """Return trace spans under the names of thread spans."""
    wanted = tuple(
        ColumnPredicate(_TRACE_NAMES.get(one.column, one.column), one.op, one.value)
        for one in request.predicates
        if one.column in _SAME_IN_TRACES or one.column in {"begin", "end"}
    )
    sources = frozenset(
        _TRACE_NAMES.get(name, name)
        for name in names
        if name in _SAME_IN_TRACES or name in _TRACE_NAMES
    )
    rows = table.scan(ScanRequest(sources | {"span_id"}, wanted, report=request.report))
    return rows.select(_trace_column(name).alias(name) for name in names)


def _trace_column(name: str) -> pl.Expr:
    """Return a column of ``LANES`` computed from a trace span."""
    match name:
        case "thread_name":
            return pl.lit("trace")
        case "id":
            return number_of("span_id").fill_null(0)
        case "parent":
            return number_of("parent_span_id").fill_null(0)
        case "in_coroutine":
            return pl.lit(value=False)
    source = _TRACE_NAMES.get(name, name)
    if source in _TRACE_SPANS.schema:
        return pl.col(source)
    return pl.lit(None, LANES[name])
