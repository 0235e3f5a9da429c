"""
Deliveries that were merged: which blocks came again after they were stored, and how often.

Rule: it is bookkeeping. It is written after the blocks are durable, once for each group of requests
that has any, and nothing is refused when it cannot be written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg import AsyncConnection

from assets.storage.metadata.limits import KEYS_FORGOTTEN_PER_CALL_MAX, REPEATS_KEPT

_ADD: LiteralString = """
INSERT INTO repeated_blocks (block_id, process_id, stream_id, nb_objects, repeats)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::integer[], %s::bigint[]) AS r (id)
ORDER BY id
ON CONFLICT (block_id) DO UPDATE
SET repeats = repeated_blocks.repeats + EXCLUDED.repeats, last_seen = clock_timestamp()
"""

_FORGET: LiteralString = """
DELETE FROM repeated_blocks WHERE block_id IN (
    SELECT block_id FROM repeated_blocks WHERE last_seen < clock_timestamp() - %s
    LIMIT %s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A block that was delivered so many times more than it was stored."""

    block_id: str
    process_id: str
    stream_id: str
    nb_objects: int
    repeats: int


async def add_repeats(conn: AsyncConnection, found: Sequence[Repeat]) -> None:
    """Add to what is known of some blocks, each named once; the order of locks is that of ids."""
    columns = [
        [getattr(one, name) for one in found]
        for name in ("block_id", "process_id", "stream_id", "nb_objects", "repeats")
    ]
    await conn.execute(_ADD, columns)


async def forget_old_repeats(conn: AsyncConnection) -> int:
    """Forget blocks that did not come again for long; returns how many, at most a limit a call."""
    limits = (REPEATS_KEPT, KEYS_FORGOTTEN_PER_CALL_MAX)
    return (await conn.execute(_FORGET, limits)).rowcount
