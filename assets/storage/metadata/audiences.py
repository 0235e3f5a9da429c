"""
Audiences: whose telemetry a process is. It has the one that first registered it, for good.

Rule: who a credential belongs to decides; nothing that a sender says of itself does.
"""

from collections.abc import Set as AbstractSet
from typing import LiteralString

from psycopg import Connection

from assets.errors import CallerError

DEFAULT_AUDIENCE = "default"
"""Of what is sent without a login, or with a credential that has no audience to write to."""

OTHER_AUDIENCE_STATE = "LM001"
"""SQLSTATE by which `check_audience` refuses."""

Audiences = AbstractSet[str] | None
"""Those whose telemetry somebody may read; None: all."""

CHECK_AUDIENCE: LiteralString = "SELECT check_audience(%s, %s::uuid[], %s::uuid[])"
"""Fails in a transaction that would write to another audience's process."""


class OtherAudience(CallerError):
    """The process, or the stream, was registered with a credential of another audience."""

    http_status = 403
    code = "other_audience"

    def __init__(self) -> None:
        super().__init__(
            "this process id or stream id was registered with a credential of another audience: "
            "send with that one, or give the process an id of its own"
        )


class NotForAudience(CallerError):
    """What is asked for does not tell apart whose it is: readers of all audiences may have it."""

    http_status = 403
    code = "permission_denied"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} mixes what belongs to different audiences, and is for readers of all of them; "
            "ask the views that it is made of, or with such a credential"
        )


READABLE: LiteralString = (
    "(%(audiences)s::text[] IS NULL OR process_id IN"
    " (SELECT p.process_id FROM processes p WHERE p.audience = ANY(%(audiences)s::text[])))"
)
"""Condition on rows with a ``process_id`` that they may be read; takes `parameter`."""


def parameter(audiences: Audiences) -> list[str] | None:
    """Return audiences as a value of a statement."""
    return None if audiences is None else sorted(audiences)


def processes_of(conn: Connection, audiences: AbstractSet[str]) -> list[str]:
    """Return the ids of all processes of some audiences."""
    rows = conn.execute(
        "SELECT process_id::text FROM processes WHERE audience = ANY(%s)", (sorted(audiences),)
    )
    return [row[0] for row in rows]
