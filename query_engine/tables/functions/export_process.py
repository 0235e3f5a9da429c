"""export_process(process_id, types, format, begin, end): a process as a file for some viewer."""

from query_engine.export.scribes.catalog import FORMATS
from query_engine.tables.functions.chunks import ROWS, Chunks, format_name
from query_engine.tables.functions.function import LakeFunction
from query_engine.tables.functions.process_trace import SHOWN, export

NAME = "export_process"


def opens(process_id: object, types: object, form: object, *range_: object) -> Chunks:
    """Check the arguments."""
    return Chunks(export(NAME, process_id, types, *range_), format_name(NAME, form))


EXPORT_PROCESS = LakeFunction(
    name=NAME,
    written="export_process('<process_id>', 'all', 'chrome', '<begin>', '<end>')",
    opens=opens,
    counts=range(3, 6, 2),
    doc=(
        f"What a process did, as a file. The second argument is what it shows: {SHOWN}; the third "
        "is the format. "
        + " ".join(f"'{form.name}': {form.doc}" for form in FORMATS)
        + " begin and end may be left out."
    ),
    rows=ROWS,
)
