"""The newest answers of the checks, where services and people find them whoever asked last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import Connection


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    The newest answer of one check of one view.

    Attributes:
        failing_since: Since when it has failed without a break; None when it passed.
    """

    view: str
    check: str
    passed: bool
    message: str
    checked_at: datetime
    failing_since: datetime | None


def record_result(conn: Connection, view: str, check: str, *, passed: bool, message: str) -> None:
    """Keep an answer instead of the one before."""
    conn.execute(
        """
        INSERT INTO check_results AS r (view, check_name, passed, message, failing_since)
        VALUES (%(view)s, %(check)s, %(passed)s, %(message)s,
                CASE WHEN NOT %(passed)s THEN clock_timestamp() END)
        ON CONFLICT (view, check_name) DO UPDATE SET passed = excluded.passed,
            message = excluded.message, checked_at = excluded.checked_at,
            failing_since = CASE WHEN NOT excluded.passed
                                 THEN coalesce(r.failing_since, excluded.failing_since) END
        """,
        {"view": view, "check": check, "passed": passed, "message": message.replace("\0", "")},
    )


def check_results(conn: Connection) -> Sequence[CheckResult]:
    """Return the newest answers, by view and check."""
    rows = conn.execute(
        """
        SELECT view, check_name, passed, message, checked_at, failing_since
        FROM check_results ORDER BY view, check_name
        """
    )
    return [
        CheckResult(
            view, check, passed, message, asked.astimezone(UTC), since and since.astimezone(UTC)
        )
        for view, check, passed, message, asked, since in rows
    ]
