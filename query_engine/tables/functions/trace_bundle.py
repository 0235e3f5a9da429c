"""trace_bundle(trace_id): a whole trace with its logs and measures, each at its span."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.views.catalog import view_named
from query_engine.functions.properties.lookup import exact
from query_engine.limits import TRACE_MEASURES_AROUND_NS
from query_engine.spans.traces import TREE, Trees
from query_engine.sql.catalog import ColumnPredicate, MapKey, ScanRequest
from query_engine.tables.functions.function import LakeFunction, schema_of
from query_engine.tables.functions.trace_id import spans_of, trace_id
from query_engine.tables.ranges import matching
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

TIME, TEXT = pl.Datetime("ns", "UTC"), pl.String()
ROWS = (
    ("row", pl.Int64(), "number of the row, from 0 on, in the order of time"),
    ("time", TIME, "when it was; of a span, when it began"),
    ("kind", TEXT, "`span`, `log` or `measure`"),
    ("depth", pl.UInt32(), "how many spans enclose the span that it is, or that it stands in"),
    ("path", TEXT, "names from the root to that span, `;` between them; NULL if nobody sent it"),
    ("span_id", TEXT, "that span"),
    ("parent_span_id", TEXT, "of a span: what caused it"),
    ("name", TEXT, "of a span or a measure: its name"),
    ("text", TEXT, "of a log: the message; of a span: what went wrong"),
    ("level", pl.Int32(), "of a log: its level"),
    ("value", pl.Float64(), "of a measure: the value"),
    ("unit", TEXT, "of a measure: its unit"),
    ("duration", pl.Int64(), "of a span: its nanoseconds"),
    ("status", TEXT, "of a span: `UNSET`, `OK` or `ERROR`"),
    ("target", TEXT, "logger, module or instrumentation scope"),
    ("exe", TEXT, "executable of the process: the service"),
    ("process_id", TEXT, "process"),
    ("stream_id", TEXT, "stream that carried it"),
    ("properties", view_named("otel_spans").schema["properties"], "attributes"),
)
SCHEMA = schema_of(ROWS)

_TIME_MAX = (1 << 63) - 1
"""The last time there is, Unix ns: spans may end at it."""

_KINDS = pl.Enum(["span", "log", "measure"])
_TRACE = MapKey("properties", "otel.trace_id", any_case=False)
_SPAN = "otel.span_id"
_SPAN_COLUMNS = {"time": "start_time", "text": "status_message"}
_LOG_COLUMNS = {"text": "msg"}


@dataclass(frozen=True, slots=True)
class TraceBundle:
    """The call: which trace."""

    trace_id: str

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return SCHEMA

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """Return the rows; SQL filters after that."""
        spans = spans_of(session, self.trace_id, None)
        spans = spans.map_batches(Trees(), schema={**TREE, **spans.collect_schema()})
        places = spans.select("span_id", "depth", "path").unique("span_id")
        parts = [_shaped(spans.drop("row"), "span", _SPAN_COLUMNS)]
        for view, kind, renamed, around in (
            ("log_entries", "log", _LOG_COLUMNS, ()),
            ("measures", "measure", {}, self._around(session)),
        ):
            table = ViewTable(session, view_named(view))
            rows = self._of_trace(table, around)
            parts.append(_shaped(rows.join(places, on="span_id", how="left"), kind, renamed))
        found = pl.concat(parts).sort("time", "kind", "depth", nulls_last=True, maintain_order=True)
        found = found.with_columns(pl.col("kind").cast(TEXT)).with_row_index("row")
        return found.with_columns(pl.col("row").cast(pl.Int64())).select(SCHEMA.names())

    def _of_trace(self, table: ViewTable, around: tuple[ColumnPredicate, ...]) -> pl.LazyFrame:
        """Return the rows of a view that carry the id of the trace, with that of their span."""
        known = table.key_columns.get(_TRACE)
        columns = frozenset(table.schema)
        if known is None:
            rows = table.scan(ScanRequest(columns, around))
            id_ = exact(pl.col("properties"), _TRACE.key)
        else:
            by_trace = ColumnPredicate(known, "=", self.trace_id)
            rows = table.scan(ScanRequest(columns | {known}, (*around, by_trace)))
            id_ = pl.col(known)
        times = [one for one in around if one.column == "time"]
        rows = matching(rows, times)  # a scan may return more than it was asked for
        span = exact(pl.col("properties"), _SPAN)
        return rows.filter(id_ == self.trace_id).with_columns(span.alias("span_id"))

    def _around(self, session: QuerySession) -> tuple[ColumnPredicate, ...]:
        """
        Return where measures of the trace can be: nothing finds them by its id.

        In the processes of its spans, not long before the first nor after the last of them.
        """
        needed = frozenset({"process_id", "start_time", "end_time", "trace_id"})
        found = (
            spans_of(session, self.trace_id, needed)
            .select(
                pl.col("process_id").unique().implode(),
                pl.col("start_time").min().to_physical().alias("low"),
                pl.col("end_time").max().to_physical().alias("high"),
            )
            .collect()
            .row(0, named=True)
        )
        low, high = found["low"] or 0, found["high"] or 0
        processes = tuple(found["process_id"] or ())
        return (
            ColumnPredicate("process_id", "in", processes or ("",)),
            ColumnPredicate("time", ">=", max(low - TRACE_MEASURES_AROUND_NS, -_TIME_MAX)),
            ColumnPredicate("time", "<=", min(high + TRACE_MEASURES_AROUND_NS, _TIME_MAX)),
        )


def _shaped(rows: pl.LazyFrame, kind: str, renamed: Mapping[str, str]) -> pl.LazyFrame:
    """Return rows of one kind in the columns of all; what they do not have is NULL."""
    there: Any = rows.collect_schema()
    columns = [
        pl.col(source).cast(dtype).alias(name)
        if (source := renamed.get(name, name)) in there
        else pl.lit(None, dtype).alias(name)
        for name, dtype in SCHEMA.items()
        if name not in {"row", "kind"}
    ]
    return rows.select(*columns, pl.lit(kind, _KINDS).alias("kind"))


TRACE_BUNDLE = LakeFunction(
    name="trace_bundle",
    written="trace_bundle('<trace_id>')",
    opens=lambda given: TraceBundle(trace_id("trace_bundle", given)),
    counts=range(1, 2),
    doc=(
        "All that is known of a trace, in the order of time: its spans, the log records and the "
        "values of metrics that carry its id (`otel.trace_id` of their properties), each with "
        "depth and path of its span. Measures are looked for in the processes of the trace's "
        "spans, at most a minute before the first and after the last of them."
    ),
    rows=ROWS,
)
