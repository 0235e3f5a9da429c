"""
Processes of which no block is left, and the forgetting of their rows and those of their streams.

Rule: a row goes only while nobody can be about to use it. A block is visible because its process
and stream were seen; so the rows are deleted when every transaction that has seen them has ended
and the blocks that it added are looked at, and none can begin meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString

from psycopg import Connection
from psycopg.errors import LockNotAvailable

from assets.errors import StorageUnavailable
from assets.storage.metadata.limits import FORGET_PROCESSES_WAIT_S

_USED: LiteralString = """
EXISTS (SELECT FROM blocks b WHERE b.process_id = {id})
OR EXISTS (SELECT FROM orphan_blocks o WHERE o.process_id = {id})
OR EXISTS (SELECT FROM staged_blocks s WHERE s.process_id = {id})
OR EXISTS (SELECT FROM staged_payloads t WHERE t.process_id = {id})
"""

_UNMARK: LiteralString = f"""
DELETE FROM idle_processes i WHERE {_USED.format(id="i.process_id")}
"""

_MARK: LiteralString = f"""
INSERT INTO idle_processes (process_id)
SELECT p.process_id FROM processes p
WHERE p.insert_time < %s AND NOT ({_USED.format(id="p.process_id")})
ON CONFLICT DO NOTHING
"""

_FORGET: LiteralString = f"""
DELETE FROM processes p
WHERE p.process_id = ANY(%s::uuid[]) AND NOT ({_USED.format(id="p.process_id")})
RETURNING p.process_id::text
"""


@dataclass(frozen=True, slots=True)
class IdleProcess:
    """A process of which no block was left at some time, and none has come since."""

    process_id: str
    since: datetime


def mark_idle(conn: Connection, before: datetime) -> int:
    """
    Mark the processes that registered before a time and have no block; returns how many are new.

    Those that have sent something again are no longer marked.
    """
    with conn.transaction():
        conn.execute(_UNMARK)
        return conn.execute(_MARK, (before,)).rowcount


def idle_processes(conn: Connection, before: datetime, limit: int) -> list[IdleProcess]:
    """Return at most so many that were marked before a time, the oldest first."""
    rows = conn.execute(
        """
        SELECT process_id::text, since FROM idle_processes
        WHERE since < %s ORDER BY since, process_id LIMIT %s
        """,
        (before, limit),
    )
    return [IdleProcess(id_, since.astimezone(UTC)) for id_, since in rows]


def forget_processes(conn: Connection, ids: Sequence[str]) -> int:
    """
    Forget these processes and their streams, but those that have a block after all.

    Nobody can look at processes for that moment. Returns how many went.

    Raises:
        StorageUnavailable: Somebody has looked at them for long; the next turn tries again.
    """
    try:
        with conn.transaction():
            wait = f"{FORGET_PROCESSES_WAIT_S:.0f}s"
            conn.execute("SELECT set_config('lock_timeout', %s, true)", (wait,))
            conn.execute("LOCK TABLE processes IN ACCESS EXCLUSIVE MODE")
            gone = [row[0] for row in conn.execute(_FORGET, (list(ids),))]
            for table in _OF_PROCESSES:
                conn.execute(table, (gone,))
    except LockNotAvailable as exc:
        raise StorageUnavailable(
            f"a transaction has looked at the processes for {FORGET_PROCESSES_WAIT_S:.0f} s: they"
            " are forgotten at the next turn"
        ) from exc
    return len(gone)


_OF_PROCESSES: tuple[LiteralString, ...] = (
    "DELETE FROM streams WHERE process_id = ANY(%s::uuid[])",
    "DELETE FROM quarantine WHERE process_id = ANY(%s::uuid[])",
    "DELETE FROM idle_processes WHERE process_id = ANY(%s::uuid[])",
)
"""What is known of processes elsewhere."""
