"""
Raw blocks that go before their day does: what rules of sampling do not keep, and what is lost.

Rule: they go in one transaction, which notes that their hours are no longer whole. A reader sees
all of them or none, and whoever would make rows from what is left sees the note.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg import Connection

from assets.storage.metadata.locks import RAW_LOCK, advisory_lock

_FORGET: LiteralString = """
WITH gone AS (
    DELETE FROM blocks b
    WHERE b.insert_time >= %(start)s AND b.insert_time < %(end)s AND ({which})
    RETURNING b.block_id, b.insert_time, b.payload_size, b.tags
), noted AS (
    INSERT INTO sampled_hours AS h (slice_start, tag, lost)
    SELECT DISTINCT date_trunc('hour', insert_time, 'UTC'), tag, %(lost)s
    FROM gone, unnest(gone.tags) AS tag
    ON CONFLICT (slice_start, tag) DO UPDATE SET lost = h.lost OR excluded.lost
), subtracted AS (
    UPDATE day_sizes SET blocks = blocks - (SELECT count(*) FROM gone),
        bytes = bytes - (SELECT coalesce(sum(payload_size), 0) FROM gone)
    WHERE day = (%(start)s::timestamptz AT TIME ZONE 'UTC')::date
), released AS (
    DELETE FROM quarantine q USING gone WHERE q.block_id = gone.block_id
)
SELECT count(*), coalesce(sum(payload_size), 0)::bigint FROM gone
"""


@dataclass(frozen=True, slots=True)
class Going:
    """Blocks that are forgotten, or would be."""

    blocks: int
    bytes: int


def forget(
    conn: Connection,
    which: LiteralString,
    values: Mapping[str, Any],
    start: datetime,
    end: datetime,
    *,
    lost: bool = False,
) -> Going:
    """
    Forget the blocks of a part of a UTC day; harmless to repeat.

    Args:
        conn: A connection in autocommit mode.
        which: A condition about the blocks ``b``.
        values: Of its parameters.
        start: Where the insert times begin.
        end: Where they end, not included.
        lost: Of a process may be left that others of the hour are gone; sampling takes all or none.
    """
    known = {**values, "start": start, "end": end, "lost": lost}
    with advisory_lock(conn, RAW_LOCK):
        row = conn.execute(_FORGET.format(which=which), known).fetchone()
    assert row is not None, "an aggregate has one row"
    return Going(*row)


def sampled_starts(
    conn: Connection, tag: str, starts: Collection[datetime], *, of_process: bool
) -> set[datetime]:
    """
    Return those of *starts* whose hour has lost blocks of a tag.

    With *of_process* those in which some blocks of one process may have gone, and not all.
    """
    rows = conn.execute(
        "SELECT slice_start FROM sampled_hours"
        " WHERE tag = %s AND slice_start = ANY(%s) AND (lost OR NOT %s)",
        (tag, list(starts), of_process),
    )
    return {row[0].astimezone(UTC) for row in rows}
