"""The streams of a process."""

from datetime import UTC
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from assets.storage.metadata.records import StreamInfo


def streams_of(conn: Connection, process_id: str, tag: str) -> list[StreamInfo]:
    """Return the streams of a process that have a tag, the oldest first."""
    rows = conn.execute(
        """
        SELECT stream_id::text, process_id::text, format, tags, properties,
               dependencies_metadata, objects_metadata, insert_time
        FROM streams WHERE process_id = %s::uuid AND %s = ANY(tags)
        ORDER BY insert_time, stream_id
        """,
        (process_id, tag),
    )
    return [_with_utc(row) for row in rows]


def _with_utc(row: TupleRow) -> StreamInfo:
    values: list[Any] = [*row[:-1], row[-1].astimezone(UTC)]
    return StreamInfo(*values)
