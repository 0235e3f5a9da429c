"""What exports of a process are made of: the plans of its spans, logs and measures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.errors import NotFound
from assets.materialize import thread_name
from assets.storage.metadata.blocks import process_infos
from assets.storage.metadata.streams import streams_of
from assets.views.catalog import view_named
from assets.views.view import View
from query_engine.export.process import ProcessSource, Thread, log_plan
from query_engine.export.windows import Plan
from query_engine.sql.catalog import UNKNOWN, ColumnPredicate, ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import text, time_ns, uuid_text
from query_engine.tables.instances import SPANS, Instance, open_instance
from query_engine.tables.process_lanes import number_of
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

KINDS: Mapping[str, frozenset[str]] = {
    "thread": frozenset({"thread"}),
    "async": frozenset({"async"}),
    "both": frozenset({"thread", "async"}),
    "trace": frozenset({"requests"}),
    "all": frozenset({"thread", "async", "requests", "logs", "measures"}),
}
"""What each second argument of an export means: kinds of profile spans, and what else."""

SHOWN = (
    "'thread' (profile spans that nest in their thread), 'async' (those of coroutines), 'both', "
    "'trace' (trace spans) or 'all' (all of these, logs as instants and measures as counters)"
)
"""The same in words."""

REQUEST_COLUMNS = frozenset(
    {
        "trace_id", "span_id", "parent_span_id", "start_time", "end_time", "name", "target", "kind",
        "status", "status_message", "events", "properties",
    }
)  # fmt: skip
"""What ``request_rows`` reads of trace spans."""

_PROFILE = frozenset({"thread", "async"})
_NS = pl.Int64()


@dataclass(frozen=True, slots=True)
class ProcessExport:
    """
    The call: which process, what of it, and when.

    Attributes:
        begin_ns: First moment, Unix ns; what overlaps the range belongs to it.
        end_ns: Last moment.
    """

    process_id: str
    parts: frozenset[str]
    begin_ns: int | None = None
    end_ns: int | None = None

    def source(self, session: QuerySession) -> ProcessSource:
        """
        Return what the export is made of.

        Raises:
            NotFound: There is no such process.
        """
        with session.metadata() as connection:
            found = process_infos(connection, [self.process_id], session.audiences)
            streams = streams_of(connection, self.process_id, "cpu")
        if self.process_id not in found:
            raise NotFound(f"there is no process {self.process_id}")
        threads = tuple(
            Thread(
                one.stream_id,
                thread_name(one, one.stream_id),
                one.properties.get("thread-id", ""),
            )
            for one in streams
        )
        spans = self._spans(session) if self.parts & _PROFILE else None
        others = {part: plan(self, session) for part, plan in _OTHERS.items() if part in self.parts}
        return ProcessSource(
            process_id=self.process_id,
            process_name=found[self.process_id].exe,
            threads=threads if spans is not None else (),
            spans=spans,
            end_ns=self._end_ns(session),
            **others,
        )

    def _end_ns(self, session: QuerySession) -> int | None:
        """
        Return until when open spans are drawn, Unix ns: to the end of what was asked for.

        Without such an end, or with one that is later, it is the newest time that the blocks of the
        process know; None if it has none.
        """
        newest = open_instance(session, Instance(SPANS, self.process_id)).newest()[:1]
        asked = session.time_range
        ends = [self.end_ns, asked.end_ns if asked else None]
        ends += [block.end_time_ns for block in newest]
        return min((end for end in ends if end is not None), default=None) if newest else None

    def _spans(self, session: QuerySession) -> Plan:
        table = open_instance(session, Instance(SPANS, self.process_id))
        rows = self._rows(table)
        if not self.parts >= _PROFILE:
            of_coroutines = pl.col("in_coroutine").fill_null(value=False)
            rows = rows.filter(of_coroutines if "async" in self.parts else ~of_coroutines)
        names = ("stream_id", "id", "parent", "name", "target", "filename", "line")
        failed = pl.when(pl.col("status") == "ERROR").then(_facts({"otel.status_code": "status"}))
        return span_plan(
            rows.select(
                *names,
                pl.col("begin", "end").cast(_NS),
                pl.col("properties").alias("attributes"),
                failed.alias("facts"),
            )
        )

    def requests(self, session: QuerySession) -> Plan:
        """Return the plan of its trace spans."""
        rows = self._rows(ViewTable(session, view_named("otel_spans"), self.process_id))
        return span_plan(request_rows(rows))

    def logs(self, session: QuerySession) -> Plan:
        """Return the plan of its log records."""
        rows = self._rows(ViewTable(session, view_named("log_entries"), self.process_id))
        return log_plan(rows)

    def measures(self, session: QuerySession) -> Plan:
        """Return the plan of its values."""
        rows = self._rows(ViewTable(session, view_named("measures"), self.process_id))
        return Plan.of(
            rows.drop_nulls("value").select(
                pl.col("time").cast(_NS), "name", "unit", "value", _series().alias("series")
            ),
            "time",
        )

    def _rows(self, table: ViewTable) -> pl.LazyFrame:
        """Return the rows of a table that overlap the range."""
        wanted = tuple(self._predicates(table.view))
        rows = table.scan(ScanRequest(predicates=wanted))
        for one in wanted:
            bound = pl.lit(one.value, _NS).cast(pl.Datetime("ns", "UTC"))
            column = pl.col(one.column)
            # What has no end yet reaches over every range.
            within = column <= bound if one.op == "<=" else (column >= bound) | column.is_null()
            rows = rows.filter(within)
        return rows

    def _predicates(self, view: View) -> Sequence[ColumnPredicate]:
        found = []
        if self.begin_ns is not None:
            found.append(ColumnPredicate(view.end_column or view.time_column, ">=", self.begin_ns))
        if self.end_ns is not None:
            found.append(ColumnPredicate(view.time_column, "<=", self.end_ns))
        return found


def export(function: str, process_id: object, kind: object, *range_: object) -> ProcessExport:
    """Check the arguments of a call."""
    process = uuid_text("process", text(function, "a process id", process_id))
    asked = text(function, "what to export", kind)
    if asked and asked not in KINDS:
        known = ", ".join(repr(known) for known in KINDS)
        raise SqlError(f"{function} exports no {asked!r}; there are: {known}")
    times = [
        time_ns(function, what, value)
        for what, value in zip(("a begin", "an end"), range_, strict=False)
    ]
    if len(times) == len(("begin", "end")) and times[0] > times[1] and UNKNOWN not in range_:
        raise SqlError(f"{function}: the begin is after the end; the begin comes first")
    return ProcessExport(process, KINDS.get(asked, frozenset()), *times)


_OTHERS: Mapping[str, Callable[[ProcessExport, QuerySession], Plan]] = {
    "requests": ProcessExport.requests,
    "logs": ProcessExport.logs,
    "measures": ProcessExport.measures,
}
"""How what is no profile span is read."""


def span_plan(rows: pl.LazyFrame) -> Plan:
    """Return the plan of spans, whose attributes may be long."""
    lengths = pl.col("attributes").map.values().list.eval(pl.element().str.len_bytes())
    size = lengths.list.sum().fill_null(0).alias("size")
    return Plan.of(rows.with_columns(size), "begin", "end", size="size")


def request_rows(spans: pl.LazyFrame, *more: pl.Expr) -> pl.LazyFrame:
    """Return trace spans in the columns of spans of threads, and *more*."""
    return spans.select(
        *more,
        number_of("span_id").fill_null(0).alias("id"),
        number_of("parent_span_id").fill_null(0).alias("parent"),
        pl.col("start_time").cast(_NS).alias("begin"),
        pl.col("end_time").cast(_NS).alias("end"),
        "name",
        "target",
        pl.lit(None, pl.String()).alias("filename"),
        pl.lit(None, pl.UInt32()).alias("line"),
        pl.col("properties").alias("attributes"),
        _facts(_OF_REQUESTS).alias("facts"),
    )


_OF_REQUESTS = {
    "otel.trace_id": "trace_id",
    "otel.span_id": "span_id",
    "otel.kind": "kind",
    "otel.status_code": "status",
    "otel.status_description": "status_message",
    "otel.events": "events",
}
"""
What viewers are told of a trace span beside its attributes, and the columns that say it. Names of
the status: OpenTelemetry's "Mapping to non-OTLP formats".
"""


def _facts(columns: Mapping[str, str]) -> pl.Expr:
    """Return what columns say as a struct; what only says that nothing was said is NULL."""
    texts = {"kind": ("UNSPECIFIED", "INTERNAL"), "status": ("UNSET",)}
    return pl.struct(
        (
            pl.when(~pl.col(name).is_in(texts[name])).then(name) if name in texts else pl.col(name)
        ).alias(key)
        for key, name in columns.items()
    )


def _series() -> pl.Expr:
    """Return attributes as one text."""
    entry = pl.element().struct
    told = pl.format("{}={}", entry.field("key"), entry.field("value").fill_null(""))
    return pl.col("properties").map.entries().list.eval(told).list.sort().list.join(", ")
