"""
Day partitions of ``blocks``: made before they are needed, dropped when retention says so.

A partition is made as a table of its own and then attached: unlike CREATE ... PARTITION OF, that
takes no lock that readers or writers of ``blocks`` would wait for.
"""

from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

from psycopg import AsyncConnection, Connection, sql

from assets.storage.metadata.locks import lock_key

_LOCK = lock_key("blocks partitions")
# Looked up in the catalog's tables: to_regclass answers from a cache, which may be stale right
# after the lock was waited for.
_EXISTS: LiteralString = """
EXISTS (SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'blocks'::regclass AND relname = {name})
"""
_DAYS: LiteralString = f"""
SELECT day::date, {_EXISTS.format(name="'blocks_' || to_char(day, 'YYYYMMDD')")}
FROM (SELECT (arrival_time() AT TIME ZONE 'UTC')::date AS today) t,
     LATERAL generate_series(today::timestamp, today + make_interval(days => %(ahead)s), '1 day')
         AS day
"""
_HAS_DAY: LiteralString = f"SELECT {_EXISTS.format(name='%s')}"


def partition_name(day: date) -> str:
    """Return the name of the partition of a UTC day, ``blocks_20261122``."""
    return f"blocks_{day:%Y%m%d}"


def _creation(day: date) -> sql.Composed:
    """Return the statements that make one partition; run them in one transaction."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return sql.SQL(
        "CREATE TABLE {name} (LIKE blocks INCLUDING DEFAULTS INCLUDING GENERATED);"
        "ALTER TABLE blocks ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
    ).format(
        name=sql.Identifier(partition_name(day)),
        start=sql.Literal(start.isoformat()),
        end=sql.Literal((start + timedelta(days=1)).isoformat()),
    )


def missing_partitions(conn: Connection, ahead: int = 1) -> list[date]:
    """Return the days, from today on so many ahead (UTC, database's clock), that have none."""
    return [day for day, exists in conn.execute(_DAYS, {"ahead": ahead}) if not exists]


def ensure_partitions(conn: Connection, ahead: int = 1) -> list[date]:
    """
    Make the partitions of today and so many days ahead (UTC, database's clock) that are missing.

    Returns the days that were made. Any number of sessions may do this at once. The connection
    is in autocommit mode.
    """
    made = []
    for day in missing_partitions(conn, ahead):
        with conn.transaction():
            conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            row = conn.execute(_HAS_DAY, (partition_name(day),)).fetchone()
            if row is not None and not row[0]:
                conn.execute(_creation(day))
                made.append(day)
    return made


async def ensure_partitions_async(conn: AsyncConnection) -> list[date]:
    """Do the same for today and tomorrow, on an asynchronous connection in autocommit mode."""
    made = []
    for day, exists in await (await conn.execute(_DAYS, {"ahead": 1})).fetchall():
        if exists:
            continue
        async with conn.transaction():
            await conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            row = await (await conn.execute(_HAS_DAY, (partition_name(day),))).fetchone()
            if row is not None and not row[0]:
                await conn.execute(_creation(day))
                made.append(day)
    return made
