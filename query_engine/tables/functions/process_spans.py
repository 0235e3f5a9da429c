"""process_spans(process_id, types): the spans of every thread of a process."""

from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import LakeFunction, text, uuid_text
from query_engine.tables.instances import SPAN_KINDS, SPANS, Instance


def opens(process_id: object, types: object) -> Instance:
    """Check the id and the kind of spans."""
    id_text = text("process_spans", "a process id", process_id)
    kind = text("process_spans", "a kind of span", types)
    if kind and kind not in SPAN_KINDS:
        known = ", ".join(repr(known) for known in SPAN_KINDS)
        raise SqlError(f"process_spans has no spans of kind {kind!r}; there are: {known}")
    return Instance(SPANS, uuid_text("process", id_text), spans_of_process=True)


PROCESS_SPANS = LakeFunction(
    name="process_spans",
    written="process_spans('<process_id>', 'thread')",
    opens=opens,
    counts=range(2, 3),
    doc=(
        "The spans of every thread of a process, stream_id and thread_name first, then the columns "
        "of thread_spans. The second argument is the kind of spans: 'thread'."
    ),
)
