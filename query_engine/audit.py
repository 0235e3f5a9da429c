"""
The audit record: one line for each query that ended, in the words of the reference.

It is a log entry of the service's own telemetry stream, target ``flightsql_query_audit``, whose
message is a JSON object. `system.query_log` shows those entries as columns.
"""

import logging
from typing import Any

import orjson

from assets.errors import CallerError, LakeError
from query_engine.errors import Cancelled, ResourceExhausted, TimeLimit
from query_engine.limits import AUDIT_TEXT_CHARS_MAX
from query_engine.running import RunningQuery
from query_engine.sql.text_hash import text_hash
from query_engine.times import rfc3339

TARGET = "flightsql_query_audit"

log = logging.getLogger(TARGET)

_RESOURCE = (ResourceExhausted, TimeLimit)


def write(query: RunningQuery, error: LakeError | None) -> None:
    """
    Log the record of a query that ended; text that is too long for a log entry is cut.

    It costs cutting the text into words once more, so it is made only where somebody listens.
    """
    if not log.hasHandlers() or not log.isEnabledFor(logging.INFO):
        return
    log.info("%s", orjson.dumps(fields_of(query, error)).decode())


def fields_of(query: RunningQuery, error: LakeError | None) -> dict[str, Any]:
    """Return the record; what is not known is left out, as the reference does."""
    who = query.who
    fields: dict[str, Any] = {
        "query_id": query.query_id,
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
        "service_account": who.service_account is not None,
        "service_account_name": who.service_account,
        "sql": _text(query.sql),
        "range_begin": None if query.begin_ns is None else rfc3339(query.begin_ns),
        "range_end": None if query.end_ns is None else rfc3339(query.end_ns),
        "limit": query.limit,
        **query.timing.milliseconds(),
        "status": status_of(error),
        "error": None if error is None else _text(str(error)),
        "error_class": None if error is None else class_of(error),
        "output_rows": query.rows,
        "bytes_scanned": query.progress.bytes_total,
        "peak_memory_bytes": query.usage.peak_bytes,
        "sql_hash": text_hash(query.sql),
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


def _text(text: str) -> str:
    """Return what a record can hold of a text: so much, and no halves of surrogate pairs."""
    return text[:AUDIT_TEXT_CHARS_MAX].encode(errors="replace").decode()
