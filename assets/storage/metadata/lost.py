"""Segments of a day as the object store should have them, and the forgetting of those it lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from psycopg import Connection

from assets.storage.metadata.forgetting import Going, forget

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SegmentOfDay:
    """
    A segment with payloads of a day.

    Attributes:
        end: How long it must be to hold them.
        blocks: How many there are.
        bytes: Their size.
    """

    segment_id: str
    object_key: str
    end: int
    blocks: int
    bytes: int


def segments_of_day(conn: Connection, day: date) -> list[SegmentOfDay]:
    """Return the segments that blocks of a UTC day are in, by key."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    rows = conn.execute(
        """
        SELECT g.segment_id::text, g.object_key, max(b.payload_offset + b.payload_size), count(*),
               sum(b.payload_size)::bigint
        FROM blocks b JOIN segments g USING (segment_id)
        WHERE b.insert_time >= %s AND b.insert_time < %s AND b.payload_size > 0
        GROUP BY g.segment_id, g.object_key ORDER BY g.object_key
        """,
        (start, start + _DAY),
    )
    return [SegmentOfDay(*row) for row in rows]


def forget_lost(conn: Connection, day: date, segments: Sequence[SegmentOfDay]) -> Going:
    """Forget the day's blocks that are in these segments still; harmless to repeat."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    which = "b.segment_id = ANY(%(segments)s::uuid[])"
    values = {"segments": [one.segment_id for one in segments]}
    return forget(conn, which, values, start, start + _DAY, lost=True)
