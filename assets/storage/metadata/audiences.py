"""
Audiences: whose telemetry a process is. It has the one that first registered it, for good.

Rule: who a credential belongs to decides; nothing that a sender says of itself does.
"""

from typing import LiteralString

from assets.errors import CallerError

DEFAULT_AUDIENCE = "default"
"""Of what is sent without a login, or with a credential that has no audience to write to."""

OTHER_AUDIENCE_STATE = "LM001"
"""SQLSTATE by which `check_audience` refuses."""

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
