"""
Orphans: acknowledged blocks whose stream or process had not arrived, and what finds them a home.

Rule: a block moves to ``blocks`` in the transaction that finds both, and gets its position and
insert time there, so a table that was built before can never seem to contain it. Orphans are
locked by ascending id, waiting for whoever holds one: when a call returns, what it was to adopt
is visible, no matter by whom.
"""

from collections.abc import Collection
from typing import LiteralString

import psycopg
from psycopg import AsyncConnection

from assets.storage.metadata.limits import ORPHANS_ADOPTED_PER_CALL_MAX
from assets.storage.metadata.partitions import ensure_partitions_async

_READY: LiteralString = """
SELECT o.block_id FROM orphan_blocks o
JOIN streams s ON s.stream_id = o.stream_id
JOIN processes p ON p.process_id = o.process_id
WHERE {which} ORDER BY o.block_id LIMIT %(limit)s
"""
_READY_NAMED = _READY.format(
    which="o.block_id = ANY(%(blocks)s::uuid[]) OR o.stream_id = ANY(%(streams)s::uuid[])"
    " OR o.process_id = ANY(%(processes)s::uuid[])"
)
_READY_ALL = _READY.format(which="true")

_LOCK: LiteralString = """
SELECT block_id FROM orphan_blocks WHERE block_id = ANY(%s) ORDER BY block_id FOR UPDATE
"""

_MOVE: LiteralString = """
WITH found AS (
    DELETE FROM orphan_blocks o USING streams s, processes p
    WHERE o.block_id = ANY(%s) AND s.stream_id = o.stream_id AND p.process_id = o.process_id
    RETURNING o.*, s.format, s.tags
)
INSERT INTO blocks (block_id, process_id, stream_id, segment_id, payload_offset, payload_size,
                    format, tags, begin_time_ns, end_time_ns, begin_ticks, end_ticks, nb_objects,
                    object_offset, insert_time, epoch)
SELECT block_id, process_id, stream_id, segment_id, payload_offset, payload_size, format, tags,
       begin_time_ns, end_time_ns, begin_ticks, end_ticks, nb_objects, object_offset,
       arrival_time(), lake.epoch
FROM found, lake
"""


async def adopt_orphans(
    conn: AsyncConnection,
    *,
    block_ids: Collection[str] = (),
    process_ids: Collection[str] = (),
    stream_ids: Collection[str] = (),
) -> int:
    """
    Make visible every named orphan, and those of the named processes and streams, that can be.

    Returns how many this call moved. The connection is in autocommit mode.
    """
    names = {
        "blocks": list(block_ids),
        "processes": list(process_ids),
        "streams": list(stream_ids),
    }
    return await _adopt(conn, _READY_NAMED, names)


async def adopt_all_orphans(conn: AsyncConnection) -> int:
    """
    Make visible every orphan that can be; returns how many this call moved.

    The sweep behind ``commit_batch``'s own adoption, for those that a crash left in between.
    """
    return await _adopt(conn, _READY_ALL, {})


async def orphan_count(conn: AsyncConnection) -> int:
    """Return how many acknowledged blocks still wait for their stream or process."""
    row = await (await conn.execute("SELECT count(*) FROM orphan_blocks")).fetchone()
    assert row is not None, "an aggregate has one row"
    return int(row[0])


async def _adopt(conn: AsyncConnection, ready: LiteralString, names: dict[str, list[str]]) -> int:
    moved = 0
    while True:
        params = {**names, "limit": ORPHANS_ADOPTED_PER_CALL_MAX}
        ids = [row[0] for row in await (await conn.execute(ready, params)).fetchall()]
        if not ids:
            return moved
        try:
            moved += await _move(conn, ids)
        except psycopg.errors.CheckViolation:
            await ensure_partitions_async(conn)


async def _move(conn: AsyncConnection, ids: list[object]) -> int:
    """Move those of these orphans that nobody else has moved; the row locks give us the xid."""
    async with conn.transaction():
        locked = [row[0] for row in await (await conn.execute(_LOCK, (ids,))).fetchall()]
        if not locked:
            return 0
        return (await conn.execute(_MOVE, (locked,))).rowcount
