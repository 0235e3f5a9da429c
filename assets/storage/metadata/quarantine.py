"""Blocks that a view could not decode: recorded with the reason, counted, found for a retry."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import Connection


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """
    Why one block has no rows in one view.

    Attributes:
        decoder_version: The version that refused it; 0 when no decoder reads its format.
        block_insert_time: Aware UTC datetime; its hour is the block's slice.
    """

    block_id: str
    view: str
    decoder_version: int
    reason: str
    process_id: str
    stream_id: str
    block_insert_time: datetime


@dataclass(frozen=True, slots=True)
class QuarantinedHour:
    """Blocks of one process, hour and format that a view could not decode, by newest attempt."""

    start: datetime
    process_id: str
    format: str
    decoder_version: int
    blocks: int


def record(conn: Connection, entries: Iterable[QuarantineEntry]) -> None:
    """
    Record refused blocks; one that is known already counts one attempt more.

    In the order of their ids, so that sessions that record the same blocks do not deadlock.
    """
    by_key = {(e.block_id, e.view, e.decoder_version): e for e in entries}
    found = [by_key[key] for key in sorted(by_key)]
    if not found:
        return
    conn.execute(
        """
        INSERT INTO quarantine (block_id, view, decoder_version, reason, process_id, stream_id,
                                block_insert_time)
        SELECT * FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::text[], %s::uuid[],
                             %s::uuid[], %s::timestamptz[])
        ON CONFLICT (block_id, view, decoder_version) DO UPDATE
        SET reason = excluded.reason, last_seen = clock_timestamp(),
            attempts = quarantine.attempts + 1
        """,
        (
            [e.block_id for e in found],
            [e.view for e in found],
            [e.decoder_version for e in found],
            [e.reason.replace("\0", "\N{REPLACEMENT CHARACTER}") for e in found],
            [e.process_id for e in found],
            [e.stream_id for e in found],
            [e.block_insert_time for e in found],
        ),
    )


def release(
    conn: Connection, view: str, block_ids: Collection[str], start: datetime, end: datetime
) -> int:
    """
    Forget blocks of a view that could be decoded after all; returns how many there were.

    Args:
        conn: A connection in autocommit mode.
        view: Which view.
        block_ids: Blocks that have rows now.
        start: Where their insert times begin (aware).
        end: Where they end, not included.
    """
    rows = conn.execute(
        """
        SELECT DISTINCT block_id::text FROM quarantine
        WHERE view = %s AND block_insert_time >= %s AND block_insert_time < %s
        """,
        (view, start, end),
    ).fetchall()
    released = sorted({row[0] for row in rows} & set(block_ids))
    if released:
        conn.execute(
            "DELETE FROM quarantine WHERE view = %s AND block_id = ANY(%s::uuid[])",
            (view, released),
        )
    return len(released)


def forget_arrived(conn: Connection, start: datetime, end: datetime) -> None:
    """Forget all blocks that arrived from *start* to before *end*: they are gone themselves."""
    conn.execute(
        "DELETE FROM quarantine WHERE block_insert_time >= %s AND block_insert_time < %s",
        (start, end),
    )


def counts(conn: Connection) -> dict[str, int]:
    """Return how many blocks are in quarantine, by view."""
    rows = conn.execute("SELECT view, count(DISTINCT block_id) FROM quarantine GROUP BY view")
    return dict(rows.fetchall())


def quarantined_hours(conn: Connection, view: str) -> list[QuarantinedHour]:
    """Return where a view's quarantined blocks are, each with the newest version that tried it."""
    rows = conn.execute(
        """
        SELECT date_trunc('hour', q.block_insert_time, 'UTC'), q.process_id::text, s.format,
               q.newest, count(*)
        FROM (SELECT block_id, process_id, stream_id, block_insert_time,
                     max(decoder_version) AS newest
              FROM quarantine WHERE view = %s
              GROUP BY block_id, process_id, stream_id, block_insert_time) AS q
        JOIN streams s USING (stream_id)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """,
        (view,),
    )
    return [QuarantinedHour(row[0].astimezone(UTC), *row[1:]) for row in rows]


def quarantined_blocks(conn: Connection, view: str, start: datetime, end: datetime) -> set[str]:
    """Return the view's quarantined blocks that arrived from *start* to before *end*."""
    rows = conn.execute(
        """
        SELECT DISTINCT block_id::text FROM quarantine
        WHERE view = %s AND block_insert_time >= %s AND block_insert_time < %s
        """,
        (view, start, end),
    )
    return {row[0] for row in rows}
