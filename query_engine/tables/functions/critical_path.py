"""critical_path(trace_id): what the end of a trace was waiting for."""

from dataclasses import dataclass

import polars as pl

from query_engine.spans.traces import TIME, CriticalPath
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.functions.function import LakeFunction, schema_of
from query_engine.tables.functions.trace_id import spans_of, trace_id
from query_engine.tables.session import QuerySession

ROWS = (
    ("step", pl.Int64(), "number of the stretch, from 0 on, in the order of time"),
    ("begin", TIME, "when the stretch begins"),
    ("end", TIME, "when it ends: where the next one begins"),
    ("duration", pl.Int64(), "its nanoseconds; all of them together are those of the root"),
    ("depth", pl.UInt32(), "how many spans enclose the span"),
    ("span_id", pl.String(), "the span that everything waited for meanwhile"),
    ("name", pl.String(), "its name"),
    ("exe", pl.String(), "executable of its process: the service"),
    ("process_id", pl.String(), "its process"),
    ("kind", pl.String(), "its kind, as in otel_spans"),
    ("status", pl.String(), "its status"),
)
_KEPT = ("span_id", "name", "exe", "process_id", "kind", "status")
_NEEDED = frozenset({*_KEPT, "trace_id", "parent_span_id", "start_time", "end_time"})


@dataclass(frozen=True, slots=True)
class Path:
    """The call: which trace."""

    trace_id: str

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """Return the stretches of the path."""
        spans = spans_of(session, self.trace_id, _NEEDED)
        return spans.map_batches(CriticalPath(_KEPT), schema=self.schema)


CRITICAL_PATH = LakeFunction(
    name="critical_path",
    written="critical_path('<trace_id>')",
    opens=lambda given: Path(trace_id("critical_path", given)),
    counts=range(1, 2),
    doc=(
        "Which span the end of a trace was waiting for, at each moment of it: only work on these "
        "stretches makes the trace shorter. Going back from the end of a span it waited for the "
        "child that ended last, before that for the child that had ended last by then; the rest "
        "is its own time. What a span started and did not wait for is not on the path."
    ),
    rows=ROWS,
)
