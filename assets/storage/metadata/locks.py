"""Advisory locks in Postgres, named by text: who may do a thing that must be done by one."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

RAW_LOCK = "raw blocks"
"""Who changes or forgets rows of many blocks holds it, so that two never wait for each other."""


def lock_key(*key_parts: str) -> int:
    """Return the 64-bit signed lock number of a name; parts are kept apart."""
    digest = hashlib.blake2b("\0".join(key_parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@contextmanager
def advisory_lock(conn: Connection, *key_parts: str) -> Iterator[None]:
    """
    Hold a session-level lock, waiting for it as long as it takes.

    The session must stay the same inside, and must not be in a failed transaction at the end. A
    session that dies gives its locks back.
    """
    key = lock_key(*key_parts)
    conn.execute("SELECT pg_advisory_lock(%s)", (key,))
    try:
        yield
    finally:
        _unlock(conn, key)


@contextmanager
def shared_advisory_lock(conn: Connection, *key_parts: str) -> Iterator[None]:
    """Hold a session-level lock beside others who hold it shared; ``advisory_lock`` waits."""
    key = lock_key(*key_parts)
    conn.execute("SELECT pg_advisory_lock_shared(%s)", (key,))
    try:
        yield
    finally:
        if not conn.closed:
            conn.execute("SELECT pg_advisory_unlock_shared(%s)", (key,))


@contextmanager
def try_advisory_lock(conn: Connection, *key_parts: str) -> Iterator[bool]:
    """Hold a session-level lock if it is free; yields whether it is held."""
    key = lock_key(*key_parts)
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
    held = bool(row and row[0])
    try:
        yield held
    finally:
        if held:
            _unlock(conn, key)


def _unlock(conn: Connection, key: int) -> None:
    """Release the lock; a closed session has none."""
    if not conn.closed:
        conn.execute("SELECT pg_advisory_unlock(%s)", (key,))
