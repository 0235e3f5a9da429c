"""
The audit record: one line for each query that ended, in the words of the reference.

It is a log entry of the service's own telemetry stream, target ``flightsql_query_audit``, whose
message is a JSON object. `system.query_log` shows those entries as columns.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from assets.errors import CallerError, LakeError
from query_engine.attribution import Attribution
from query_engine.errors import Cancelled, ResourceExhausted, TimeLimit
from query_engine.limits import AUDIT_TEXT_CHARS_MAX
from query_engine.sql.text_hash import text_hash
from query_engine.times import rfc3339

TARGET = "flightsql_query_audit"

log = logging.getLogger(TARGET)

_RESOURCE = (ResourceExhausted, TimeLimit)


@dataclass(slots=True)
class Timing:
    """
    When the phases of a query ended, monotonic seconds; one that was not reached is None.

    Attributes:
        begun: The query came in.
        opened: It had its turn, and its tables were open.
        planned: Its plan was made, and everything that the plan reads was known.
    """

    clock: Callable[[], float] = time.perf_counter
    begun: float = field(init=False)
    opened: float | None = None
    planned: float | None = None

    def __post_init__(self) -> None:
        self.begun = self.clock()

    def milliseconds(self) -> dict[str, float]:
        """Return how long each phase took until now; 0 for one that was not reached."""
        now = self.clock()
        opened = now if self.opened is None else self.opened
        planned = max(opened, now if self.planned is None else self.planned)
        spans = {
            "context_init_ms": opened - self.begun,
            "planning_ms": planned - opened,
            "execution_ms": now - planned,
            "setup_ms": planned - self.begun,
            "total_ms": now - self.begun,
        }
        return {name: round(1000 * seconds, 3) for name, seconds in spans.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    What was asked, and by whom.

    Attributes:
        begin_ns: Start of the call's range, Unix ns; None without one.
        end_ns: Its end.
        limit: The call's limit of rows.
    """

    query_id: str
    sql: str
    who: Attribution
    begin_ns: int | None = None
    end_ns: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the query read, used and returned."""

    output_rows: int
    bytes_scanned: int
    peak_memory_bytes: int


def write(asked: Asked, spent: Spent, timing: Timing, error: LakeError | None) -> None:
    """Log the record; text that is too long for a log entry is cut."""
    log.info("%s", orjson.dumps(fields_of(asked, spent, timing, error)).decode())


def fields_of(
    asked: Asked, spent: Spent, timing: Timing, error: LakeError | None
) -> dict[str, Any]:
    """Return the record; what is not known is left out, as the reference does."""
    who = asked.who
    fields: dict[str, Any] = {
        "query_id": asked.query_id,
        "client_ip": who.client_ip,
        "client": who.client,
        "agent": who.agent,
        "entrypoint": who.entrypoint,
        "session": who.session,
        "notebook": who.notebook,
        "cell": who.cell,
        "user": who.user,
        "email": who.email,
        "name": who.name,
        "service_account": False,
        "sql": asked.sql[:AUDIT_TEXT_CHARS_MAX],
        "range_begin": None if asked.begin_ns is None else rfc3339(asked.begin_ns),
        "range_end": None if asked.end_ns is None else rfc3339(asked.end_ns),
        "limit": asked.limit,
        **timing.milliseconds(),
        "status": status_of(error),
        "error": None if error is None else str(error)[:AUDIT_TEXT_CHARS_MAX],
        "error_class": None if error is None else class_of(error),
        "output_rows": spent.output_rows,
        "bytes_scanned": spent.bytes_scanned,
        "peak_memory_bytes": spent.peak_memory_bytes,
        "sql_hash": text_hash(asked.sql),
    }
    return {name: value for name, value in fields.items() if value is not None}


def status_of(error: LakeError | None) -> str:
    """Return ``ok``, ``error``, or ``incomplete`` when the client left or somebody cancelled."""
    if error is None:
        return "ok"
    return "incomplete" if isinstance(error, Cancelled) else "error"


def class_of(error: LakeError) -> str | None:
    """Return whose the error is: ``user``, ``resource`` or ``internal``; None for no error."""
    if isinstance(error, Cancelled):
        return None
    if isinstance(error, _RESOURCE):
        return "resource"
    return "user" if isinstance(error, CallerError) else "internal"
