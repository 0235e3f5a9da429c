"""
What every Postgres session of ours looks like, and how its errors become ours.

Rule: a commit is durable before anyone hears of it. With synchronous_commit off, a crash could
take back rows that were read and covered already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg_pool import PoolTimeout

from assets.errors import StorageUnavailable

PREPARE_SESSION: LiteralString = """
SELECT set_config('timezone', 'UTC', false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit')
           WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""

OUTAGES = (
    psycopg.OperationalError,
    psycopg.InternalError,
    psycopg.InterfaceError,
    PoolTimeout,
)
"""Errors of Postgres or of the way to it: the same request may succeed later."""


def prepare(conn: Connection) -> None:
    """Set up a new session of a synchronous pool; it stays in autocommit mode."""
    conn.execute(PREPARE_SESSION)


async def prepare_async(conn: AsyncConnection) -> None:
    """Set up a new session of an asynchronous pool; it stays in autocommit mode."""
    await conn.execute(PREPARE_SESSION)


@contextmanager
def outages_translated() -> Iterator[None]:
    """
    Turn the errors of an unreachable or failing Postgres into ours.

    Raises:
        StorageUnavailable: Try again later; the cause is chained.
    """
    try:
        yield
    except OUTAGES as exc:
        raise StorageUnavailable(f"Postgres did not answer: {exc}") from exc
