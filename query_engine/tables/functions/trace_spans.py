"""trace_spans(trace_id): a whole trace, across processes, as a tree."""

from dataclasses import dataclass

import polars as pl

from query_engine.spans.traces import TREE, Trees
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.functions.function import LakeFunction
from query_engine.tables.functions.trace_id import TRACE_SPANS as SPANS
from query_engine.tables.functions.trace_id import spans_of, trace_id
from query_engine.tables.session import QuerySession

_NEEDED = frozenset({"trace_id", "span_id", "parent_span_id", "start_time", "name"})


@dataclass(frozen=True, slots=True)
class TraceSpans:
    """The call: which trace."""

    trace_id: str

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return pl.Schema({**TREE, **SPANS.schema})

    def scan(self, session: QuerySession, request: ScanRequest) -> pl.LazyFrame:
        """Return the spans with their places in the tree; SQL filters after that."""
        asked = request.columns
        columns = None if asked is None else (asked & frozenset(SPANS.schema)) | _NEEDED
        spans = spans_of(session, self.trace_id, columns)
        return spans.map_batches(Trees(), schema={**TREE, **spans.collect_schema()})


TRACE_SPANS = LakeFunction(
    name="trace_spans",
    written="trace_spans('<trace_id>')",
    opens=lambda given: TraceSpans(trace_id("trace_spans", given)),
    counts=range(1, 2),
    doc=(
        "All spans of a trace, of every process: `row` numbers them as a tree is written (each "
        "followed by what it caused, by time), `depth` is how many enclose a span, `path` the "
        "names from the root on with `;` between; spans whose parents form a circle come last and "
        "have neither; then the columns of otel_spans. A trace without spans has no rows."
    ),
)
