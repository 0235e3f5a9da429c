"""
Requests to materialize or rebuild slices: asked by the query service, done by the orchestration.

Rule: a request is a row, never a lock. Whoever asks for what is asked for already joins that
request, so a thousand askers cost one build, and nothing is lost when either side restarts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, LiteralString
from uuid import UUID

from psycopg import Connection

CHANNEL = "materialization_requests"
"""What NOTIFY wakes when a request is made; its payload is the request's id."""

Action = Literal["materialize", "rebuild"]
State = Literal["requested", "running", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")

_LAST: LiteralString = """
SELECT message FROM materialization_reports AS said WHERE said.request_id = r.request_id
ORDER BY report_id DESC LIMIT 1
"""


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
    """
    A request that has not ended; times in UTC.

    Attributes:
        attempt: How often runs were asked for.
        hours_total: Hours that there were to do when runs were first asked for.
        hours_done: How many of them are done.
    """

    request_id: str
    state: State
    wish: Wish
    updated_at: datetime
    attempt: int = 0
    hours_total: int = 0
    hours_done: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a request is, for those who wait for it; *message* is what was said last."""

    state: State
    hours_total: int
    hours_done: int
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """One sentence about a request."""

    report_id: int
    time: datetime
    message: str


def ask(conn: Connection, request_id: UUID, wish: Wish) -> str:
    """
    Make a request, or join the open one for the same; returns its id. Harmless to repeat.

    What is to be appended joins a request about a longer range as well: that one leaves nothing
    out. What is to be rebuilt does not, for that one may have passed it already.

    Args:
        conn: A connection in autocommit mode.
        request_id: Id of the request if a new one is made.
        wish: What is asked for.
    """
    values = (wish.action, wish.view, wish.process_id, wish.begin, wish.end)
    longer = _longer(conn, wish)
    if longer is not None:
        return longer
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
               reason, updated_at, attempt, hours_total, hours_done
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
            *row[9:],
        )
        for row in rows
    ]


def move(conn: Connection, request_id: str, state: State, message: str) -> None:
    """Put a request that has not ended into a state, and say why if there is something to say."""
    with conn.transaction():
        moved = conn.execute(
            """
            UPDATE materialization_requests
            SET state = %(state)s, updated_at = clock_timestamp(),
                attempt = attempt + (%(state)s = 'running')::int
            WHERE request_id = %(id)s::uuid AND state IN ('requested', 'running')
            """,
            {"state": state, "id": request_id},
        )
        if moved.rowcount and message:
            _report(conn, request_id, message)


def advance(
    conn: Connection, request_id: str, *, hours_total: int, hours_done: int, message: str
) -> None:
    """Say how far a request is that has not ended; what was said last is not said again."""
    with conn.transaction():
        conn.execute(
            """
            UPDATE materialization_requests SET hours_total = %s, hours_done = %s
            WHERE request_id = %s::uuid AND state IN ('requested', 'running')
            """,
            (hours_total, hours_done, request_id),
        )
        last = conn.execute(
            f"SELECT ({_LAST}) FROM materialization_requests r WHERE request_id = %s::uuid",
            (request_id,),
        ).fetchone()
        if last is not None and last[0] != message:
            _report(conn, request_id, message)


def standings(conn: Connection, ids: Collection[str]) -> dict[str, Standing]:
    """Return how far those requests are that there are, by id."""
    rows = conn.execute(
        f"""
        SELECT request_id::text, state, hours_total, hours_done, coalesce(({_LAST}), '')
        FROM materialization_requests r WHERE request_id = ANY(%s::uuid[])
        """,
        (list(ids),),
    )
    return {row[0]: Standing(*row[1:]) for row in rows}


def refused_lately(conn: Connection, wish: Wish, seconds: float) -> bool:
    """Say whether a request for all of a wish failed or was cancelled so many seconds ago."""
    row = conn.execute(
        """
        SELECT EXISTS (
            SELECT FROM materialization_requests
            WHERE state IN ('failed', 'cancelled') AND action = %s AND view = %s
              AND process_id IS NOT DISTINCT FROM %s::uuid
              AND begin_time <= %s AND end_time >= %s
              AND updated_at > clock_timestamp() - make_interval(secs => %s)
        )
        """,
        (wish.action, wish.view, wish.process_id, wish.begin, wish.end, seconds),
    ).fetchone()
    return bool(row and row[0])


def note_look(conn: Connection) -> None:
    """Note that somebody looks for requests now, and serves them."""
    conn.execute(
        """
        INSERT INTO request_looks (one) VALUES (true)
        ON CONFLICT (one) DO UPDATE SET looked_at = clock_timestamp()
        """
    )


def seconds_since_look(conn: Connection) -> float | None:
    """Return how long ago somebody last looked for requests; None if nobody ever did."""
    row = conn.execute(
        "SELECT extract(epoch FROM clock_timestamp() - looked_at)::float8 FROM request_looks"
    ).fetchone()
    return None if row is None else float(row[0])


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
        WHERE state IN ('done', 'failed', 'cancelled') AND updated_at < %s
        """,
        (before,),
    ).rowcount


def _longer(conn: Connection, wish: Wish) -> str | None:
    """Return the open request that appends what *wish* asks for and more, if there is one."""
    if wish.action != "materialize":
        return None
    row = conn.execute(
        """
        SELECT request_id::text FROM materialization_requests
        WHERE state IN ('requested', 'running') AND action = %s AND view = %s
          AND process_id IS NOT DISTINCT FROM %s::uuid
          AND begin_time <= %s AND end_time >= %s AND end_time - begin_time > %s
        ORDER BY requested_at LIMIT 1
        """,
        (wish.action, wish.view, wish.process_id, wish.begin, wish.end, wish.end - wish.begin),
    ).fetchone()
    return None if row is None else str(row[0])


def _report(conn: Connection, request_id: str, message: str) -> None:
    conn.execute(
        "INSERT INTO materialization_reports (request_id, message) VALUES (%s::uuid, %s)",
        (request_id, message),
    )
