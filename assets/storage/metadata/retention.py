"""
How long what is kept, and the raw blocks whose time has come.

Rule: blocks go by whole days, a DROP of their partition, some time after all tables had their rows:
a query that had pinned a table before that has read the blocks by then. Segments that no block
refers to any more are marked, and deleted only some time after that: a query that had read the
block rows still finds the payloads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.errors import LockNotAvailable

from assets.errors import CallerError, StorageUnavailable
from assets.storage.metadata.limits import DETACH_WAIT_S
from assets.storage.metadata.partitions import partition_name
from assets.storage.metadata.quarantine import forget_arrived
from assets.storage.metadata.raw_days import forget_size
from assets.storage.metadata.sampling import forget_sampled

RAW = "raw"
"""The subject of the rule about raw blocks."""

LAKE = "lake"
"""The subject of the rule about all that there is; every other subject is a view."""

_DAY = timedelta(days=1)

_ATTACHED: LiteralString = """
SELECT inhdetachpending FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'blocks'::regclass AND relname = %s
"""

_UNREFERENCED: LiteralString = """
UPDATE segments g SET retired_at = clock_timestamp()
WHERE g.retired_at IS NULL AND g.insert_time < %s
  AND NOT EXISTS (SELECT FROM blocks b WHERE b.segment_id = g.segment_id)
  AND NOT EXISTS (SELECT FROM orphan_blocks o WHERE o.segment_id = g.segment_id)
  AND NOT EXISTS (SELECT FROM staged_payloads p WHERE p.object_key = g.object_key)
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What is kept of a subject; what is older, or beyond the size, goes. None: without bound.

    Attributes:
        subject: A view's name, or ``raw``.
        keep_days: Days of insert time.
        keep_bytes: Bytes as stored; the oldest go first.
        keep_free_percent: Of the disk that a lake of local files is on, so much is to stay free.
    """

    subject: str
    keep_days: int | None = None
    keep_bytes: int | None = None
    keep_free_percent: int | None = None


@dataclass(frozen=True, slots=True)
class RetiredSegment:
    """A segment that no block refers to."""

    segment_id: str
    object_key: str
    size: int


def rules(conn: Connection) -> dict[str, Rule]:
    """Return the rule of each subject that has one."""
    rows = conn.execute(
        "SELECT subject, keep_days, keep_bytes, keep_free_percent FROM retention ORDER BY subject"
    )
    return {row[0]: Rule(*row) for row in rows}


def set_rule(conn: Connection, rule: Rule) -> None:
    """
    Keep a subject so long from now on; a rule without bounds is none: it is kept for ever.

    Raises:
        CallerError: A bound is not positive.
    """
    bounds = {
        "keep_days": rule.keep_days,
        "keep_bytes": rule.keep_bytes,
        "keep_free_percent": rule.keep_free_percent,
    }
    for name, bound in bounds.items():
        if bound is not None and bound <= 0:
            raise CallerError(f"{name} = {bound} for {rule.subject}: it must be positive")
    if all(bound is None for bound in bounds.values()):
        conn.execute("DELETE FROM retention WHERE subject = %s", (rule.subject,))
        return
    conn.execute(
        """
        INSERT INTO retention (subject, keep_days, keep_bytes, keep_free_percent)
        VALUES (%s, %s, %s, %s)
        ON CONFLICT (subject) DO UPDATE SET keep_days = excluded.keep_days,
            keep_bytes = excluded.keep_bytes, keep_free_percent = excluded.keep_free_percent,
            changed_at = clock_timestamp()
        """,
        (rule.subject, *bounds.values()),
    )


def retiring_days(conn: Connection) -> dict[date, datetime]:
    """Return the days that are to be dropped, and since when all tables have their rows."""
    rows = conn.execute("SELECT day, covered_at FROM retiring_days")
    return {day: covered_at.astimezone(UTC) for day, covered_at in rows}


def mark_retiring(conn: Connection, day: date, *, for_space: bool = False) -> None:
    """Note that all tables have the rows of a day; harmless to repeat."""
    conn.execute(
        """
        INSERT INTO retiring_days (day, for_space_since)
        VALUES (%s, CASE WHEN %s THEN clock_timestamp() END) ON CONFLICT DO NOTHING
        """,
        (day, for_space),
    )


def days_for_space(conn: Connection) -> dict[date, bool]:
    """Return the days marked for want of space, and whether the lake's rule is still the same."""
    rows = conn.execute(
        """
        SELECT d.day, r.changed_at IS NOT NULL AND d.for_space_since >= r.changed_at
        FROM retiring_days d LEFT JOIN retention r ON r.subject = %s
        WHERE d.for_space_since IS NOT NULL
        """,
        (LAKE,),
    )
    return dict(rows.fetchall())


def days_for_raw_rule(conn: Connection) -> list[date]:
    """Return the days marked because of the rule about raw blocks."""
    rows = conn.execute("SELECT day FROM retiring_days WHERE for_space_since IS NULL ORDER BY day")
    return [day for (day,) in rows]


def keep_unless_begun(conn: Connection, day: date, *, for_space: bool) -> bool:
    """
    Forget that a day was to go, unless its drop has begun already; says whether it was forgotten.

    Only a mark of the kind that is meant: for want of space, or of the rule about raw blocks.
    """
    kept = conn.execute(
        """
        DELETE FROM retiring_days WHERE day = %s AND (for_space_since IS NOT NULL) = %s AND EXISTS (
            SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = 'blocks'::regclass AND relname = %s AND NOT inhdetachpending
        )
        """,
        (day, for_space, partition_name(day)),
    )
    return kept.rowcount > 0


def keep_after_all(conn: Connection, day: date) -> None:
    """Forget that a day was to be dropped."""
    conn.execute("DELETE FROM retiring_days WHERE day = %s", (day,))


def drop_day(conn: Connection, day: date) -> None:
    """
    Forget all blocks that arrived on a UTC day; harmless to repeat, and to kill in between.

    Nobody waits for it: the partition is detached first, which waits for the transactions that use
    ``blocks`` instead of keeping others out. The connection is in autocommit mode.

    Raises:
        StorageUnavailable: Some transaction did not end for so long; the next turn goes on.
    """
    row = conn.execute(_ATTACHED, (partition_name(day),)).fetchone()
    name = sql.Identifier(partition_name(day))
    if row is not None:
        how = "FINALIZE" if row[0] else "CONCURRENTLY"
        detach = sql.SQL("ALTER TABLE blocks DETACH PARTITION {} " + how).format(name)
        try:
            conn.execute("SELECT set_config('lock_timeout', %s, false)", (f"{DETACH_WAIT_S:.0f}s",))
            conn.execute(detach)
        except LockNotAvailable as exc:
            raise StorageUnavailable(
                f"a transaction on the blocks did not end within {DETACH_WAIT_S:.0f} s:"
                f" {day} is dropped at the next turn"
            ) from exc
        finally:
            conn.execute("RESET lock_timeout")
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    with conn.transaction():
        conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        forget_arrived(conn, start, start + _DAY)
        keep_after_all(conn, day)
        forget_sampled(conn, day)
        forget_size(conn, day)


def half_dropped_days(conn: Connection) -> list[date]:
    """
    Return the days whose drop was cut off: their partition is detached, or is being detached.

    No query sees their blocks any more: they can only go.
    """
    rows = conn.execute(
        """
        SELECT day FROM retiring_days
        JOIN pg_class ON relname = 'blocks_' || to_char(day, 'YYYYMMDD') AND relkind = 'r'
        WHERE NOT EXISTS (
            SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid AND NOT inhdetachpending
        )
        ORDER BY day
        """
    )
    return [row[0] for row in rows]


def mark_unreferenced(conn: Connection, before: datetime) -> int:
    """
    Mark the segments written before a time that no block refers to; returns how many are new.

    *before* is so old that no transaction which adds a segment's blocks is still open. One pass
    over the rows of all blocks: there is no index for it, which every block would pay for.
    """
    return conn.execute(_UNREFERENCED, (before,)).rowcount


def retired_segments(conn: Connection, before: datetime, limit: int) -> list[RetiredSegment]:
    """Return at most so many segments that were marked before a time, the oldest first."""
    rows = conn.execute(
        """
        SELECT segment_id::text, object_key, size FROM segments
        WHERE retired_at < %s ORDER BY retired_at LIMIT %s
        """,
        (before, limit),
    )
    return [RetiredSegment(*row) for row in rows]


def retired_total(conn: Connection) -> tuple[int, int]:
    """Return how many segments are marked, and their bytes."""
    row = conn.execute(
        "SELECT count(*), coalesce(sum(size), 0)::bigint FROM segments WHERE retired_at IS NOT NULL"
    ).fetchone()
    assert row is not None, "an aggregate has one row"
    return row[0], row[1]


def unreferenced_bytes(conn: Connection) -> int:
    """Return the size of the segments that no block refers to, marked or not yet; one pass."""
    row = conn.execute(
        """
        SELECT coalesce(sum(g.size), 0)::bigint FROM segments g
        WHERE NOT EXISTS (SELECT FROM blocks b WHERE b.segment_id = g.segment_id)
          AND NOT EXISTS (SELECT FROM orphan_blocks o WHERE o.segment_id = g.segment_id)
        """
    ).fetchone()
    assert row is not None, "an aggregate has one row"
    return int(row[0])


def forget_segments(conn: Connection, segments: Sequence[RetiredSegment]) -> None:
    """Forget segments whose objects are gone."""
    ids = [segment.segment_id for segment in segments]
    conn.execute(
        "DELETE FROM segments WHERE segment_id = ANY(%s::uuid[]) AND retired_at IS NOT NULL",
        (ids,),
    )


def unknown_segments(conn: Connection, ids: Sequence[str]) -> set[str]:
    """Return those of *ids* that no row knows."""
    rows = conn.execute(
        """
        SELECT id::text FROM unnest(%s::uuid[]) AS id
        WHERE NOT EXISTS (SELECT FROM segments g WHERE g.segment_id = id)
        """,
        (list(ids),),
    )
    return {row[0] for row in rows}
