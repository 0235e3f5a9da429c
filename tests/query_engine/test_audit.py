"""What the audit record of a query says."""

import json
import logging

import pytest

from assets.errors import CallerError, LakeError, StorageUnavailable
from query_engine import audit
from query_engine.attribution import Attribution
from query_engine.cancel import CancelToken
from query_engine.errors import Cancelled, ResourceExhausted, TimeLimit
from query_engine.limits import AUDIT_TEXT_CHARS_MAX
from query_engine.running import RunningQuery
from query_engine.timing import Timing


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def after(self, seconds: float) -> float:
        self.now += seconds
        return self.now


def asked(sql, **how):
    """Return a query that came in."""
    return RunningQuery(
        query_id="q", sql=sql, door="python", client="", token=CancelToken(60), **how
    )


def test_the_record_has_the_names_of_the_reference(caplog):
    """
    What is not known is left out; phases add up; the log entry is one JSON object.
    """
    clock = Clock()
    timing = Timing(clock)
    timing.opened = clock.after(0.001)
    timing.planned = clock.after(0.02)
    clock.after(0.5)
    query = asked("SELECT 1", who=Attribution(client="web"), begin_ns=0, end_ns=10**9 + 5)
    query.timing, query.rows = timing, 3
    query.progress.bytes_total, query.usage.peak_bytes = 1000, 2000
    with caplog.at_level(logging.INFO, logger=audit.TARGET):
        audit.write(query, None)
    assert json.loads(caplog.records[0].getMessage()) == {
        "query_id": "q",
        "client_ip": "unknown",
        "client": "web",
        "agent": "unknown",
        "entrypoint": "unknown",
        "user": "unknown",
        "email": "unknown",
        "service_account": False,
        "sql": "SELECT 1",
        "range_begin": "1970-01-01T00:00:00Z",
        "range_end": "1970-01-01T00:00:01.000000005Z",
        "context_init_ms": 1.0,
        "planning_ms": 20.0,
        "execution_ms": 500.0,
        "setup_ms": 21.0,
        "total_ms": 521.0,
        "status": "ok",
        "output_rows": 3,
        "bytes_scanned": 1000,
        "peak_memory_bytes": 2000,
        "sql_hash": "e1c71d1661ae46e0",
    }


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (CallerError("no"), "error", "user"),
        (ResourceExhausted("too much"), "error", "resource"),
        (TimeLimit("too long"), "error", "resource"),
        (StorageUnavailable("away"), "error", "internal"),
        (LakeError("bug"), "error", "internal"),
        (Cancelled("left"), "incomplete", None),
    ],
)
def test_an_error_is_somebodys(error, status, kind):
    """
    The class says who has to do something about it; a client that left is no error.
    """
    fields = audit.fields_of(asked("x" * 30_000), error)
    assert (fields["status"], fields.get("error_class"), fields["error"]) == (
        status,
        kind,
        str(error),
    )
    assert len(fields["sql"]) == AUDIT_TEXT_CHARS_MAX


def test_a_query_that_never_ran_spent_its_time_on_the_way():
    """
    Phases that were not reached take nothing; the total is what passed.
    """
    clock = Clock()
    timing = Timing(clock)
    clock.after(0.25)
    spans = timing.milliseconds()
    assert (spans["context_init_ms"], spans["execution_ms"], spans["total_ms"]) == (250, 0, 250)


def test_a_text_that_is_no_unicode_is_recorded_all_the_same(caplog):
    """
    JSON can bring half of a surrogate pair; the query is refused, and its record must not fail.
    """
    with caplog.at_level(logging.INFO, logger=audit.TARGET):
        audit.write(asked("SELECT a\ud800b, '\ud800'"), CallerError("no \ud800"))
    record = json.loads(caplog.records[0].getMessage())
    assert (record["sql"], record["error"]) == ("SELECT a?b, '?'", "no ?")
