"""process_spans(process_id, types): the spans of a process, each in its lane."""

from dataclasses import dataclass

import polars as pl

from query_engine.sql.catalog import ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import LakeFunction, text, uuid_text
from query_engine.tables.process_lanes import LANES, SPAN_KINDS, spans_of_process
from query_engine.tables.session import QuerySession


@dataclass(frozen=True, slots=True)
class ProcessSpans:
    """The call: whose spans, and of which kinds."""

    process_id: str
    kinds: frozenset[str]

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return LANES

    def scan(self, session: QuerySession, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that can satisfy the request."""
        return spans_of_process(session, self.process_id, self.kinds, request)


def opens(process_id: object, types: object) -> ProcessSpans:
    """Check the id and the kind of spans."""
    id_text = text("process_spans", "a process id", process_id)
    kind = text("process_spans", "a kind of span", types)
    if kind and kind not in SPAN_KINDS:
        known = ", ".join(repr(known) for known in SPAN_KINDS)
        raise SqlError(f"process_spans has no spans of kind {kind!r}; there are: {known}")
    return ProcessSpans(uuid_text("process", id_text), SPAN_KINDS.get(kind, frozenset()))


PROCESS_SPANS = LakeFunction(
    name="process_spans",
    written="process_spans('<process_id>', 'thread')",
    opens=opens,
    counts=range(2, 3),
    doc=(
        "The spans of a process, stream_id and thread_name first, then the columns of "
        "thread_spans. The second argument is the kind of spans: 'thread' (those that nest in "
        "their thread), 'async' (those of coroutines, in one lane `async` without a stream), "
        "'both', or 'trace' (trace spans, in one lane `trace`; their ids as numbers, and NULL for "
        "depth, hash, file and line, which they do not have)."
    ),
)
