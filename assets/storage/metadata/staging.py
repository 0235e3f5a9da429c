"""
The waiting room of bulk ingest: rows of blocks, and payloads, that wait for each other.

Rules that must hold here:
- Nothing of this is visible to queries. A block becomes visible in the transaction that adds it to
  ``blocks`` (see ``commit_parts``), and leaves both tables in that transaction.
- What is stored already is not staged again, so repeating a call changes nothing.
- Both halves of a block name the same process and stream; a call that contradicts is refused whole.
- Locks are taken by ascending id.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from psycopg import Connection

from assets.errors import CallerError, LimitExceeded
from assets.storage.metadata.limits import STAGED_BYTES_MAX, STAGED_ROWS_MAX
from assets.storage.metadata.records import BlockRecord

_IS_NEW: LiteralString = """
NOT EXISTS (SELECT FROM block_keys k WHERE k.block_id = i.block_id)
AND NOT EXISTS (SELECT FROM blocks b WHERE b.block_id = i.block_id)
AND NOT EXISTS (SELECT FROM orphan_blocks o WHERE o.block_id = i.block_id)
"""
_ADD_BLOCKS: LiteralString = f"""
INSERT INTO staged_blocks (block_id, process_id, stream_id, payload_size, begin_time_ns,
                           end_time_ns, begin_ticks, end_ticks, nb_objects, object_offset)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[],
                     %s::bigint[], %s::bigint[], %s::integer[], %s::bigint[])
    AS i (block_id, process_id, stream_id, payload_size, begin_time_ns, end_time_ns, begin_ticks,
          end_ticks, nb_objects, object_offset)
WHERE {_IS_NEW} ORDER BY block_id ON CONFLICT DO NOTHING
"""
_ADD_PAYLOADS: LiteralString = f"""
INSERT INTO staged_payloads (block_id, process_id, stream_id, object_key, payload_offset,
                             payload_size)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[])
    AS i (block_id, process_id, stream_id, object_key, payload_offset, payload_size)
WHERE {_IS_NEW} ORDER BY block_id ON CONFLICT DO NOTHING
"""
_CONTRADICTION: LiteralString = """
SELECT b.block_id::text, b.process_id = p.process_id, b.stream_id = p.stream_id,
       b.payload_size, p.payload_size
FROM staged_blocks b JOIN staged_payloads p USING (block_id)
WHERE b.block_id = ANY(%s::uuid[])
  AND (b.process_id <> p.process_id OR b.stream_id <> p.stream_id
       OR b.payload_size <> p.payload_size)
ORDER BY b.block_id LIMIT 1
"""
_WHOLE: LiteralString = """
SELECT block_id::text, b.process_id::text, b.stream_id::text, p.payload_offset, p.payload_size,
       b.begin_time_ns, b.end_time_ns, b.begin_ticks, b.end_ticks, b.nb_objects, b.object_offset,
       p.object_key
FROM staged_blocks b JOIN staged_payloads p USING (block_id)
WHERE block_id = ANY(%s::uuid[]) ORDER BY block_id
"""


@dataclass(frozen=True, slots=True)
class BlockHalf:
    """A block without its payload; ids are UUID text, ``payload_size`` may not be known."""

    block_id: str
    process_id: str
    stream_id: str
    payload_size: int | None
    begin_time_ns: int
    end_time_ns: int
    begin_ticks: int
    end_ticks: int
    nb_objects: int
    object_offset: int


@dataclass(frozen=True, slots=True)
class PayloadHalf:
    """A payload without its block: ``payload_size`` bytes of an object."""

    block_id: str
    process_id: str
    stream_id: str
    object_key: str
    payload_offset: int
    payload_size: int


@dataclass(frozen=True, slots=True)
class WholeBlock:
    """A block of which both halves are there; its place is still that in the staged object."""

    block: BlockRecord
    object_key: str


def stage_blocks(conn: Connection, halves: Sequence[BlockHalf]) -> None:
    """
    Keep rows of blocks that are not stored yet, all or none.

    Raises:
        CallerError: A payload that waits says otherwise.
        LimitExceeded: Too many rows wait.
    """
    columns = _columns(halves, BlockHalf.__slots__)
    with conn.transaction():
        conn.execute(_ADD_BLOCKS, columns)
        _check(conn, columns[0])


def stage_payloads(conn: Connection, halves: Sequence[PayloadHalf]) -> None:
    """
    Keep payloads of blocks that are not stored yet, all or none.

    Raises:
        CallerError: A row that waits says otherwise.
        LimitExceeded: Too many payloads wait, or too many bytes.
    """
    columns = _columns(halves, PayloadHalf.__slots__)
    with conn.transaction():
        conn.execute(_ADD_PAYLOADS, columns)
        _check(conn, columns[0])


def whole_blocks(conn: Connection, block_ids: Collection[str]) -> list[WholeBlock]:
    """Return those of these blocks of which both halves wait, by ascending id."""
    rows = conn.execute(_WHOLE, (list(block_ids),)).fetchall()
    return [WholeBlock(BlockRecord(*row[:11]), row[11]) for row in rows]


def forget_staged(conn: Connection, keep: timedelta) -> int:
    """Forget halves that have waited longer than *keep*; returns how many there were."""
    forgotten = 0
    for table in ("staged_blocks", "staged_payloads"):
        forgotten += conn.execute(
            f"DELETE FROM {table} WHERE insert_time < clock_timestamp() - %s", (keep,)
        ).rowcount
    return forgotten


def objects_in_use(conn: Connection, keys: Collection[str]) -> set[str]:
    """Return those of these objects in which a payload that waits lies."""
    rows = conn.execute(
        "SELECT DISTINCT object_key FROM staged_payloads WHERE object_key = ANY(%s)",
        (list(keys),),
    )
    return {row[0] for row in rows}


def waiting(conn: Connection) -> tuple[int, int]:
    """Return how many rows of blocks wait, and how many payloads."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM staged_blocks), (SELECT count(*) FROM staged_payloads)"
    ).fetchone()
    assert row is not None, "a query of aggregates has one row"
    return int(row[0]), int(row[1])


def _columns(
    halves: Sequence[BlockHalf] | Sequence[PayloadHalf], names: Sequence[str]
) -> list[list[object]]:
    return [[getattr(half, name) for half in halves] for name in names]


def _check(conn: Connection, block_ids: list[object]) -> None:
    """Raise, which takes the transaction back, if the halves contradict or too many wait."""
    found = conn.execute(_CONTRADICTION, (block_ids,)).fetchone()
    if found is not None:
        block_id, process, stream, said, size = found
        if process and stream:
            raise CallerError(
                f"block {block_id}: payload_size is {said}, but its payload has {size} bytes"
            )
        raise CallerError(
            f"block {block_id}: its row and its payload name different "
            + ("streams" if process else "processes")
        )
    row = conn.execute(
        "SELECT (SELECT count(*) FROM staged_blocks), count(*), COALESCE(sum(payload_size), 0)"
        " FROM staged_payloads"
    ).fetchone()
    assert row is not None, "a query of aggregates has one row"
    blocks, payloads, size = (int(value) for value in row)
    if max(blocks, payloads) > STAGED_ROWS_MAX or size > STAGED_BYTES_MAX:
        raise LimitExceeded(
            f"{blocks} blocks without payload and {payloads} payloads ({size} bytes) without "
            f"block would wait; the limits are {STAGED_ROWS_MAX} (STAGED_ROWS_MAX) and "
            f"{STAGED_BYTES_MAX} bytes (STAGED_BYTES_MAX): send the other halves of these first"
        )
