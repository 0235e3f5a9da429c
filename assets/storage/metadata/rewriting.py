"""
Segments of which little is left, and the move of their blocks to another segment.

Rule: a block's place changes in one transaction, after the object that it moves to is durable. Who
has read the old place finds the old object: it is deleted as other unreferenced segments are, hours
after no row names it any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString

from psycopg import Connection, Rollback

from assets.storage.metadata.locks import RAW_LOCK, advisory_lock
from assets.storage.metadata.records import BlockRecord, SegmentRecord

_SPARSE: LiteralString = """
WITH live AS (
    SELECT segment_id, sum(payload_size)::bigint AS bytes, count(*) AS blocks,
           min(insert_time) AS first, max(insert_time) AS last
    FROM (SELECT segment_id, payload_size, insert_time FROM blocks
          UNION ALL SELECT segment_id, payload_size, NULL FROM orphan_blocks) AS every
    GROUP BY segment_id
), found AS (
    SELECT g.segment_id, g.object_key, g.size, live.bytes, live.blocks, first, last,
           coalesce(g.written_bytes, g.size - live.blocks * %(index)s) AS written
    FROM segments g JOIN live USING (segment_id)
    WHERE g.retired_at IS NULL AND g.insert_time < %(before)s
)
SELECT segment_id::text, object_key, size, bytes, blocks, first, last FROM found
WHERE bytes < written * %(share)s AND written - bytes >= %(dead)s
ORDER BY written - bytes DESC LIMIT %(limit)s
"""

_BLOCKS: LiteralString = """
SELECT block_id::text, process_id::text, stream_id::text, payload_offset, payload_size,
       begin_time_ns, end_time_ns, begin_ticks, end_ticks, nb_objects, object_offset,
       {time} AS insert_time, segment_id::text
FROM {table} WHERE segment_id = ANY(%(segments)s::uuid[])
"""
_LIVE: LiteralString = (
    _BLOCKS.format(table="blocks", time="insert_time")
    + " AND insert_time >= %(first)s AND insert_time <= %(last)s"
    + " UNION ALL "
    + _BLOCKS.format(table="orphan_blocks", time="NULL")
)

_LOCK_ORPHANS: LiteralString = """
SELECT FROM orphan_blocks WHERE segment_id = ANY(%(olds)s::uuid[]) ORDER BY block_id FOR UPDATE
"""

_MOVE: LiteralString = """
UPDATE {table} AS b SET segment_id = %(new)s, payload_offset = m.place
FROM unnest(%(ids)s::uuid[], %(olds)s::uuid[], %(places)s::bigint[]) AS m (id, old, place)
WHERE b.block_id = m.id AND b.segment_id = m.old
"""
_MOVE_BLOCKS: LiteralString = (
    _MOVE.format(table="blocks") + " AND b.insert_time >= %(first)s AND b.insert_time <= %(last)s"
)
_MOVE_ORPHANS: LiteralString = _MOVE.format(table="orphan_blocks")


@dataclass(frozen=True, slots=True)
class SparseSegment:
    """
    A segment of which little is live: its object, and what is left in it.

    Attributes:
        first: When the first of its blocks that are visible arrived; None when none is.
        last: When the last of them did.
    """

    segment_id: str
    object_key: str
    size: int
    live_bytes: int
    live_blocks: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the segment that its payload is in; insert_time is None while it waits."""

    block: BlockRecord
    insert_time: datetime | None
    segment_id: str


def sparse_segments(
    conn: Connection,
    before: datetime,
    *,
    live_share_max: float,
    dead_bytes_min: int,
    index_bytes: int,
    limit: int,
) -> list[SparseSegment]:
    """
    Return segments written before a time that are mostly dead, those with most to gain first.

    One pass over the rows of all blocks.

    Args:
        conn: A connection in autocommit mode.
        before: No transaction that adds a segment's blocks is as old as this and still open.
        live_share_max: Of the bytes that it was written with less than this share is live.
        dead_bytes_min: And at least so many are not.
        index_bytes: About what a segment's index says of one block.
        limit: At most so many.
    """
    rows = conn.execute(
        _SPARSE,
        {
            "before": before,
            "share": live_share_max,
            "dead": dead_bytes_min,
            "index": index_bytes,
            "limit": limit,
        },
    )
    return [
        SparseSegment(id_, key, size, live, blocks, _in_utc(first), _in_utc(last))
        for id_, key, size, live, blocks, first, last in rows
    ]


def live_blocks(conn: Connection, segments: Sequence[SparseSegment]) -> list[Placed]:
    """
    Return the blocks that are in these segments now, by segment and place.

    There is no index by segment, which every block would pay for: it reads all blocks of the days
    of these.
    """
    values = {
        "segments": [one.segment_id for one in segments],
        "first": min((one.first for one in segments if one.first), default=None),
        "last": max((one.last for one in segments if one.last), default=None),
    }
    rows = conn.execute(_LIVE, values).fetchall()
    placed = [Placed(BlockRecord(*row[:11]), _in_utc(row[11]), row[12]) for row in rows]
    return sorted(placed, key=lambda one: (one.segment_id, one.block.payload_offset))


def move_blocks(
    conn: Connection, segment: SegmentRecord, placed: Sequence[Placed], places: Sequence[int]
) -> int:
    """
    Let blocks be in a new segment from now on, those that still are where they were read.

    Args:
        conn: A connection in autocommit mode.
        segment: Its object is durable.
        placed: The blocks, as they were found.
        places: Where in the new segment each one is.

    Returns:
        How many moved; when none did, the segment is not known afterwards.
    """
    times = [one.insert_time for one in placed if one.insert_time is not None]
    values = {
        "new": segment.segment_id,
        "ids": [one.block.block_id for one in placed],
        "olds": [one.segment_id for one in placed],
        "places": list(places),
        "first": min(times, default=None),
        "last": max(times, default=None),
    }
    with advisory_lock(conn, RAW_LOCK), conn.transaction() as transaction:
        conn.execute(
            "INSERT INTO segments (segment_id, object_key, size, written_bytes)"
            " VALUES (%s, %s, %s, %s)",
            (
                *(segment.segment_id, segment.object_key, segment.size),
                sum(one.block.payload_size for one in placed),
            ),
        )
        conn.execute(_LOCK_ORPHANS, values)
        moved = conn.execute(_MOVE_BLOCKS, values).rowcount if times else 0
        moved += conn.execute(_MOVE_ORPHANS, values).rowcount
        if not moved:
            raise Rollback(transaction)
    return moved


def _in_utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)
