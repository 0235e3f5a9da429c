"""
The write path of the metadata: one batch of requests, one transaction, then adoption of orphans.

Rules that must hold here:
- Every transaction that adds a block has its transaction id before it reads the insert time:
  closings depend on it. Writing the segment's row first sees to that.
- Locks are taken in one order, by table (staged_blocks, staged_payloads, processes, streams,
  block_keys) and by ascending id in each, so that concurrent batches with the same ids wait for
  each other and never deadlock.
- A block whose stream or process is not visible waits in orphan_blocks. Two transactions can
  miss each other's half; so after the commit, and before anyone is told, whoever brought a half
  looks again. The later of the two then sees both.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import LiteralString, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from assets.storage.metadata.adoption import adopt_orphans
from assets.storage.metadata.audiences import (
    CHECK_AUDIENCE,
    OTHER_AUDIENCE_STATE,
    OtherAudience,
)
from assets.storage.metadata.limits import RECORDS_PER_STATEMENT
from assets.storage.metadata.partitions import ensure_partitions_async
from assets.storage.metadata.records import (
    BlockRecord,
    ProcessRecord,
    SegmentRecord,
    StreamRecord,
)

R = TypeVar("R")

_ADD_SEGMENT: LiteralString = """
INSERT INTO segments (segment_id, object_key, size) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""

_ADD_PROCESSES: LiteralString = """
INSERT INTO processes (process_id, exe, username, realname, computer, distro, cpu_brand,
                       tsc_frequency, start_time_ns, start_ticks, parent_process_id, properties,
                       audience)
SELECT * FROM jsonb_to_recordset(%s) AS p (
    process_id uuid, exe text, username text, realname text, computer text, distro text,
    cpu_brand text, tsc_frequency bigint, start_time_ns bigint, start_ticks bigint,
    parent_process_id uuid, properties jsonb, audience text)
ORDER BY process_id
ON CONFLICT DO NOTHING RETURNING process_id::text
"""

_ADD_STREAMS: LiteralString = """
INSERT INTO streams (stream_id, process_id, format, tags, properties, dependencies_metadata,
                     objects_metadata)
SELECT stream_id, process_id, format, tags, properties, decode(dependencies_metadata, 'base64'),
       decode(objects_metadata, 'base64')
FROM jsonb_to_recordset(%s) AS s (
    stream_id uuid, process_id uuid, format text, tags text[], properties jsonb,
    dependencies_metadata text, objects_metadata text)
ORDER BY stream_id
ON CONFLICT DO NOTHING RETURNING stream_id::text
"""

_ADD_BLOCKS: LiteralString = """
WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest(
        %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::integer[], %s::bigint[]
    ) AS b (block_id, process_id, stream_id, payload_offset, payload_size, begin_time_ns,
            end_time_ns, begin_ticks, end_ticks, nb_objects, object_offset)
), added AS (
    INSERT INTO block_keys (block_id) SELECT block_id FROM incoming ORDER BY block_id
    ON CONFLICT DO NOTHING RETURNING block_id
), located AS MATERIALIZED (
    SELECT incoming.*, s.format, s.tags,
           s.stream_id IS NOT NULL AND p.process_id IS NOT NULL AS complete
    FROM incoming JOIN added USING (block_id)
    LEFT JOIN streams s ON s.stream_id = incoming.stream_id
    LEFT JOIN processes p ON p.process_id = incoming.process_id
), visible AS (
    INSERT INTO blocks (block_id, process_id, stream_id, segment_id, payload_offset,
                        payload_size, format, tags, begin_time_ns, end_time_ns, begin_ticks,
                        end_ticks, nb_objects, object_offset, insert_time, epoch)
    SELECT block_id, process_id, stream_id, %s::uuid, payload_offset, payload_size, format, tags,
           begin_time_ns, end_time_ns, begin_ticks, end_ticks, nb_objects, object_offset,
           arrival.time, lake.epoch
    FROM located, lake, (SELECT arrival_time() AS time OFFSET 0) AS arrival WHERE complete
), waiting AS (
    INSERT INTO orphan_blocks (block_id, process_id, stream_id, segment_id, payload_offset,
                               payload_size, begin_time_ns, end_time_ns, begin_ticks, end_ticks,
                               nb_objects, object_offset)
    SELECT block_id, process_id, stream_id, %s::uuid, payload_offset, payload_size,
           begin_time_ns, end_time_ns, begin_ticks, end_ticks, nb_objects, object_offset
    FROM located WHERE NOT complete
    ON CONFLICT DO NOTHING
)
SELECT block_id::text, complete FROM located
"""


_UNSTAGE: LiteralString = """
DELETE FROM {table} WHERE block_id IN (
    SELECT block_id FROM {table} WHERE block_id = ANY(%s::uuid[]) ORDER BY block_id FOR UPDATE)
"""
_UNSTAGE_BLOCKS = _UNSTAGE.format(table="staged_blocks")
_UNSTAGE_PAYLOADS = _UNSTAGE.format(table="staged_payloads")


@dataclass(frozen=True, slots=True)
class Part:
    """A segment and the blocks whose payloads are in it."""

    segment: SegmentRecord
    blocks: Sequence[BlockRecord]


async def commit_batch(
    conn: AsyncConnection,
    segment: SegmentRecord | None,
    processes: Sequence[ProcessRecord],
    streams: Sequence[StreamRecord],
    blocks: Sequence[BlockRecord],
    *,
    audience: str | None = None,
) -> frozenset[str]:
    """
    Store a batch durably and make it visible, in one transaction; then adopt orphans.

    Repeated ids, here or earlier, are harmless: the first arrival wins.

    Args:
        conn: A connection in autocommit mode, prepared by ``session.prepare_async``.
        segment: The object that holds the payloads; None only without blocks.
        processes: Processes that may be new.
        streams: Streams that may be new; their process may come later.
        blocks: Blocks whose payloads are in *segment*; stream and process may come later.
        audience: Whose all of it must be; None: whosever it is.

    Returns:
        The ids of the blocks that were not known before.

    Raises:
        OtherAudience: Some of it belongs to another audience; nothing is stored.
    """
    assert segment is not None or not blocks, "a block's payload is in a segment"
    parts = [] if segment is None else [Part(segment, blocks)]
    return await commit_parts(conn, parts, processes, streams, audience=audience)


async def commit_parts(
    conn: AsyncConnection,
    parts: Sequence[Part],
    processes: Sequence[ProcessRecord] = (),
    streams: Sequence[StreamRecord] = (),
    unstage: Sequence[str] = (),
    *,
    audience: str | None = None,
) -> frozenset[str]:
    """
    Do the same with the blocks of several segments, still in one transaction.

    Args:
        conn: As for `commit_batch`.
        parts: Their blocks are in ascending order of ids, over all parts, if there are several.
        processes: Processes that may be new.
        streams: Streams that may be new.
        unstage: Blocks that leave the waiting room (see ``staging``) in the same transaction.
        audience: As for `commit_batch`.

    Returns:
        The ids of the blocks that were not known before.
    """
    try:
        stored = await _store(conn, parts, processes, streams, unstage, audience=audience)
    except psycopg.errors.CheckViolation:
        # The only check that a valid batch can fail: no partition for the day that has begun.
        await ensure_partitions_async(conn)
        stored = await _store(conn, parts, processes, streams, unstage, audience=audience)
    except psycopg.Error as exc:
        if exc.sqlstate != OTHER_AUDIENCE_STATE:
            raise
        raise OtherAudience from None
    complete, orphans, new_processes, new_streams = stored
    # A block that is known already may be an orphan whose first answer was lost on the way.
    uncertain = {block.block_id for part in parts for block in part.blocks}.difference(complete)
    if uncertain or new_processes or new_streams:
        await adopt_orphans(
            conn, block_ids=uncertain, process_ids=new_processes, stream_ids=new_streams
        )
    return frozenset((*complete, *orphans))


async def _store(
    conn: AsyncConnection,
    parts: Sequence[Part],
    processes: Sequence[ProcessRecord],
    streams: Sequence[StreamRecord],
    unstage: Sequence[str],
    *,
    audience: str | None,
) -> tuple[list[str], list[str], list[str], list[str]]:
    """Run the transaction; returns new visible blocks, new orphans, new processes, new streams."""
    block_cursors = []
    async with conn.pipeline(), conn.transaction():
        if unstage:
            await conn.execute(_UNSTAGE_BLOCKS, (list(unstage),))
            await conn.execute(_UNSTAGE_PAYLOADS, (list(unstage),))
        for part in parts:
            segment = part.segment
            values = (segment.segment_id, segment.object_key, segment.size)
            await conn.execute(_ADD_SEGMENT, values)
        process_cursors = [
            await conn.execute(_ADD_PROCESSES, (_processes_json(some),))
            for some in _by_id(processes, lambda process: process.process_id)
        ]
        stream_cursors = [
            await conn.execute(_ADD_STREAMS, (_streams_json(these),))
            for these in _by_id(streams, lambda stream: stream.stream_id)
        ]
        if audience is not None:
            owners = {process.process_id for process in processes}
            owners.update(block.process_id for part in parts for block in part.blocks)
            used = {stream.stream_id for stream in streams}
            used.update(block.stream_id for part in parts for block in part.blocks)
            await conn.execute(CHECK_AUDIENCE, (audience, list(owners), list(used)))
        for part in parts:
            if part.blocks:
                id_ = part.segment.segment_id
                columns = _block_columns(part.blocks)
                block_cursors.append(await conn.execute(_ADD_BLOCKS, (*columns, id_, id_)))
    new_processes = [row[0] for cursor in process_cursors for row in await cursor.fetchall()]
    new_streams = [row[0] for cursor in stream_cursors for row in await cursor.fetchall()]
    block_rows = [row for cursor in block_cursors for row in await cursor.fetchall()]
    complete = [row[0] for row in block_rows if row[1]]
    orphans = [row[0] for row in block_rows if not row[1]]
    return complete, orphans, new_processes, new_streams


def _by_id(records: Sequence[R], id_of: Callable[[R], str]) -> Iterator[Sequence[R]]:
    """Yield the records of each statement; each sorts its own, so several are sorted here."""
    if len(records) > RECORDS_PER_STATEMENT:
        records = sorted(records, key=id_of)
    for at in range(0, len(records), RECORDS_PER_STATEMENT):
        yield records[at : at + RECORDS_PER_STATEMENT]


def _block_columns(blocks: Sequence[BlockRecord]) -> tuple[str, ...]:
    """
    Return the statement's arrays, in its order, as Postgres writes them.

    They hold ids and integers only, which need no quoting: psycopg would look at every element.
    """
    unique = {block.block_id: block for block in reversed(blocks)}
    rows = [
        (
            block.block_id,
            block.process_id,
            block.stream_id,
            block.payload_offset,
            block.payload_size,
            block.begin_time_ns,
            block.end_time_ns,
            block.begin_ticks,
            block.end_ticks,
            block.nb_objects,
            block.object_offset,
        )
        for block in unique.values()
    ]
    return tuple("{" + ",".join(map(str, column)) + "}" for column in zip(*rows, strict=True))


def _processes_json(processes: Sequence[ProcessRecord]) -> Jsonb:
    return Jsonb(
        [
            {
                "process_id": process.process_id,
                "exe": process.exe,
                "username": process.username,
                "realname": process.realname,
                "computer": process.computer,
                "distro": process.distro,
                "cpu_brand": process.cpu_brand,
                "tsc_frequency": process.tsc_frequency,
                "start_time_ns": process.start_time_ns,
                "start_ticks": process.start_ticks,
                "parent_process_id": process.parent_process_id,
                "properties": dict(process.properties),
                "audience": process.audience,
            }
            for process in processes
        ]
    )


def _streams_json(streams: Sequence[StreamRecord]) -> Jsonb:
    return Jsonb(
        [
            {
                "stream_id": stream.stream_id,
                "process_id": stream.process_id,
                "format": stream.format,
                "tags": list(stream.tags),
                "properties": dict(stream.properties),
                "dependencies_metadata": base64.b64encode(stream.dependencies_metadata).decode(),
                "objects_metadata": base64.b64encode(stream.objects_metadata).decode(),
            }
            for stream in streams
        ]
    )
