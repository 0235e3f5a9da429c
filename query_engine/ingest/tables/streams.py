"""streams: those that are known already stay as they are."""

from collections.abc import Sequence

from assets.storage.bulk import BulkStore
from assets.storage.metadata.records import StreamRecord
from assets.views.streams import STREAMS as VIEW
from query_engine.ingest.columns import metadata, properties, tags, text, uuid
from query_engine.ingest.table import IngestTable, Row


def store(lake: BulkStore, rows: Sequence[Row]) -> int:
    """Add the streams."""
    records = {row["stream_id"]: StreamRecord(**row) for row in reversed(rows)}
    lake.add_streams(list(records.values()))
    return 0


STREAMS = IngestTable(
    name="streams",
    doc="Streams; one that is known stays as it is. Their process may come later.",
    columns=(
        uuid("stream_id"),
        uuid("process_id"),
        text("format"),
        tags("tags"),
        properties("properties"),
        metadata("dependencies_metadata"),
        metadata("objects_metadata"),
    ),
    ignored=frozenset(column.name for column in VIEW.columns),
    store=store,
)
