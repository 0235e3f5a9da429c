"""perfetto_trace_chunks(process_id, types, begin, end): a process as Perfetto's viewer reads it."""

from query_engine.export.scribes.perfetto import PERFETTO
from query_engine.tables.functions.chunks import ROWS, Chunks
from query_engine.tables.functions.function import LakeFunction
from query_engine.tables.functions.process_trace import SHOWN, export

NAME = "perfetto_trace_chunks"

PERFETTO_TRACE_CHUNKS = LakeFunction(
    name=NAME,
    written="perfetto_trace_chunks('<process_id>', 'thread', '<begin>', '<end>')",
    opens=lambda *given: Chunks(export(NAME, *given), PERFETTO.name),
    counts=range(2, 5, 2),
    doc=(
        "The trace of a process in Perfetto's format, for ui.perfetto.dev; written as it is read, "
        f"so that it may be of any length. The second argument is what it shows: {SHOWN}. begin "
        "and end may be left out."
    ),
    rows=ROWS,
)
