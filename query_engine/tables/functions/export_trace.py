"""export_trace(trace_id, format): a whole trace, across processes, as a file for some viewer."""

from dataclasses import dataclass

import polars as pl

from assets.storage.tables.promoted import Promoted
from assets.views.catalog import view_named
from query_engine.export.process import log_plan
from query_engine.export.scribes.catalog import FORMATS_BY_NAME
from query_engine.export.trace import TraceSource
from query_engine.sql.catalog import ColumnPredicate, ScanRequest
from query_engine.tables.functions.chunks import ROWS, Chunks, format_name
from query_engine.tables.functions.function import LakeFunction
from query_engine.tables.functions.process_trace import REQUEST_COLUMNS, request_rows, span_plan
from query_engine.tables.functions.trace_id import spans_of, trace_id
from query_engine.tables.keys import KeyColumn
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

NAME = "export_trace"


@dataclass(frozen=True, slots=True)
class TraceExport:
    """Which trace."""

    trace_id: str

    def source(self, session: QuerySession) -> TraceSource:
        """Return what the export is made of."""
        rows = spans_of(session, self.trace_id, REQUEST_COLUMNS | {"process_id", "exe"})
        plan = span_plan(request_rows(rows, pl.col("process_id", "exe")))
        return TraceSource(self.trace_id, plan, log_plan(self._logs(session), "process_id"))

    def _logs(self, session: QuerySession) -> pl.LazyFrame:
        """Return the log records of the trace, found as SQL finds them by their property."""
        key = KeyColumn(Promoted("properties", "otel.trace_id", 0), any_case=False, stored=False)
        columns = frozenset({"process_id", "time", "level", "target", "msg", key.name})
        wanted = (ColumnPredicate(key.name, "=", self.trace_id),)
        rows = ViewTable(session, view_named("log_entries")).scan(ScanRequest(columns, wanted))
        return rows.filter(pl.col(key.name) == self.trace_id)


EXPORT_TRACE = LakeFunction(
    name=NAME,
    written="export_trace('<trace_id>', 'perfetto')",
    opens=lambda given, form: Chunks(TraceExport(trace_id(NAME, given)), format_name(NAME, form)),
    counts=range(2, 3),
    doc=(
        "All spans of a trace as a file: every process with lanes of its own, and arrows from "
        "spans to those of other processes that they caused; its logs as instants. The formats "
        f"are those of export_process: {', '.join(map(repr, FORMATS_BY_NAME))}."
    ),
    rows=ROWS,
)
