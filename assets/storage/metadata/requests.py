"""
Requests to materialize or rebuild slices: asked by the query service, done by the orchestration.

Rule: a request is a row, never a lock. Whoever asks for what is asked for already joins that
request, so a thousand askers cost one build, and nothing is lost when either side restarts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from psycopg import Connection

CHANNEL = "materialization_requests"
"""What NOTIFY wakes when a request is made; its payload is the request's id."""

Action = Literal["materialize", "rebuild"]
State = Literal["requested", "running", "done", "failed"]
ENDED: tuple[State, ...] = ("done", "failed")


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is asked for.

    Attributes:
        action: ``materialize``: append what the table misses; ``rebuild``: replace it.
        process_id: The process of a view kept per process, else None.
        begin: First hour of insert time (aware).
        end: End of the last hour, not included.
        reason: One line for people.
    """

    action: Action
    view: str
    process_id: str | None
    begin: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has not ended; times in UTC."""

    request_id: str
    state: State
    wish: Wish
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """One sentence about a request."""

    report_id: int
    time: datetime
    message: str


def ask(conn: Connection, request_id: UUID, wish: Wish) -> str:
    """
    Make a request, or join the open one for the same; returns its id. Harmless to repeat.

    Args:
        conn: A connection in autocommit mode.
        request_id: Id of the request if a new one is made.
        wish: What is asked for.
    """
    values = (wish.action, wish.view, wish.process_id, wish.begin, wish.end)
    with conn.transaction():
        made = conn.execute(
            """
            INSERT INTO materialization_requests
                (request_id, action, view, process_id, begin_time, end_time, reason)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT DO NOTHING RETURNING request_id::text
            """,
            (request_id, *values, wish.reason),
        ).fetchone()
        if made is not None:
            _report(conn, made[0], f"requested: {wish.reason}")
            conn.execute("SELECT pg_notify(%s, %s)", (CHANNEL, made[0]))
            return str(made[0])
        found = conn.execute(
            """
            SELECT request_id::text FROM materialization_requests
            WHERE request_id = %s
               OR (state IN ('requested', 'running') AND action = %s AND view = %s
                   AND process_id IS NOT DISTINCT FROM %s::uuid
                   AND begin_time = %s AND end_time = %s)
            ORDER BY request_id <> %s LIMIT 1
            """,
            (request_id, *values, request_id),
        ).fetchone()
    # Between the two statements the other one may have ended; then this is a request of its own.
    return str(found[0]) if found is not None else ask(conn, request_id, wish)


def open_requests(conn: Connection) -> list[Request]:
    """Return the requests that have not ended, oldest first."""
    rows = conn.execute(
        """
        SELECT request_id::text, state, action, view, process_id::text, begin_time, end_time,
               reason, updated_at
        FROM materialization_requests WHERE state IN ('requested', 'running')
        ORDER BY requested_at, request_id
        """
    )
    return [
        Request(
            row[0],
            row[1],
            Wish(row[2], row[3], row[4], row[5].astimezone(UTC), row[6].astimezone(UTC), row[7]),
            row[8].astimezone(UTC),
        )
        for row in rows
    ]


def move(conn: Connection, request_id: str, state: State, message: str) -> None:
    """Put a request that has not ended into a state, and say why."""
    with conn.transaction():
        moved = conn.execute(
            """
            UPDATE materialization_requests SET state = %s, updated_at = clock_timestamp()
            WHERE request_id = %s::uuid AND state IN ('requested', 'running')
            """,
            (state, request_id),
        )
        if moved.rowcount:
            _report(conn, request_id, message)


def state_of(conn: Connection, request_id: str) -> State | None:
    """Return the state of a request; None when there is none."""
    row = conn.execute(
        "SELECT state FROM materialization_requests WHERE request_id = %s::uuid", (request_id,)
    ).fetchone()
    return None if row is None else row[0]


def reports(conn: Connection, request_id: str, after: int = 0) -> Sequence[Report]:
    """Return what was reported of a request after the report *after*, in order."""
    rows = conn.execute(
        """
        SELECT report_id, time, message FROM materialization_reports
        WHERE request_id = %s::uuid AND report_id > %s ORDER BY report_id
        """,
        (request_id, after),
    )
    return [Report(row[0], row[1].astimezone(UTC), row[2]) for row in rows]


def forget_ended(conn: Connection, before: datetime) -> int:
    """Delete the requests that ended before a time; returns how many there were."""
    return conn.execute(
        """
        DELETE FROM materialization_requests
        WHERE state IN ('done', 'failed') AND updated_at < %s
        """,
        (before,),
    ).rowcount


def _report(conn: Connection, request_id: str, message: str) -> None:
    conn.execute(
        "INSERT INTO materialization_reports (request_id, message) VALUES (%s::uuid, %s)",
        (request_id, message),
    )
