"""
How much there is of each day of raw blocks.

Rule: a day that is over is counted once, by ``keep_size``; after that only sampling takes blocks
from it, which subtracts them in the same transaction, and the drop of the day. So what tasks pay to
know the sizes of all days does not grow with the age of the lake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

from psycopg import Connection, sql

from assets.storage.metadata.locks import RAW_LOCK, advisory_lock
from assets.storage.metadata.partitions import partition_name

_DAY = timedelta(days=1)

_DAYS: LiteralString = """
SELECT to_date(relname, '"blocks_"YYYYMMDD') AS day
FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'blocks'::regclass
"""

_KNOWN: LiteralString = f"""
SELECT d.day, s.blocks, s.bytes FROM ({_DAYS}) AS d LEFT JOIN day_sizes s USING (day) ORDER BY d.day
"""

# The last hour of the day is settled: every transaction that could add to the day has ended.
_SETTLED: LiteralString = """
EXISTS (SELECT FROM slice_closings c WHERE c.tags IS NOT NULL
        AND c.slice_start = ({day} + time '23:00') AT TIME ZONE 'UTC')
"""

_UNCOUNTED: LiteralString = f"""
SELECT d.day FROM ({_DAYS}) AS d LEFT JOIN day_sizes s USING (day)
WHERE s.day IS NULL AND {_SETTLED.format(day="d.day")} ORDER BY d.day
"""

_COUNT: LiteralString = "SELECT count(*), coalesce(sum(payload_size), 0)::bigint FROM {}"

_KEEP: LiteralString = f"""
INSERT INTO day_sizes (day, blocks, bytes)
SELECT %(day)s, found.* FROM ({_COUNT}) AS found (blocks, bytes)
WHERE {_SETTLED.format(day="%(day)s::date")}
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class RawDay:
    """The blocks that arrived on one UTC day."""

    day: date
    blocks: int
    bytes: int

    @property
    def end(self) -> datetime:
        """The first instant after the day."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC) + _DAY


def raw_days(conn: Connection) -> list[RawDay]:
    """Return the days that have a partition, oldest first, with what arrived on them."""
    found = []
    for day, *kept in conn.execute(_KNOWN).fetchall():
        size = kept if kept[0] is not None else _count(conn, day)
        found.append(RawDay(day, *size))
    return found


def uncounted_days(conn: Connection) -> list[date]:
    """Return the days that nothing can be added to any more and whose size is not kept yet."""
    return [day for (day,) in conn.execute(_UNCOUNTED)]


def keep_size(conn: Connection, day: date) -> bool:
    """
    Count a day and keep what was found; says whether this call did. Harmless to repeat.

    Nobody forgets blocks meanwhile. The connection is in autocommit mode.
    """
    keep = sql.SQL(_KEEP).format(sql.Identifier(partition_name(day)))
    with advisory_lock(conn, RAW_LOCK):
        return conn.execute(keep, {"day": day}).rowcount > 0


def _count(conn: Connection, day: date) -> Sequence[int]:
    count = sql.SQL(_COUNT).format(sql.Identifier(partition_name(day)))
    row = conn.execute(count).fetchone()
    assert row is not None, "an aggregate has one row"
    return row


def forget_size(conn: Connection, day: date) -> None:
    """Forget the size of a day that is dropped."""
    conn.execute("DELETE FROM day_sizes WHERE day = %s", (day,))
