"""Functions of administrators: they ask, wait, and show what is reported."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from assets.materialize import materialize
from assets.storage.metadata.requests import move, open_requests
from assets.views.log_entries import LOG_ENTRIES
from query_engine.limits import REQUEST_HOURS_MAX
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.sql.errors import RunProblem, SqlError, UnknownTable
from query_engine.tables.catalog import LakeTables
from query_engine.tables.functions import requests

HOUR = datetime(2026, 11, 22, 17, tzinfo=UTC)
ADMIN_CALLS = [
    "materialize_partitions('log_entries', '2026-11-22T17:00:00Z', '2026-11-22T19:30:00Z', 3600)",
    "regenerate_partitions('log_entries', '2026-11-22T17:00:00Z', '2026-11-22T19:00:00Z', 3600)",
    "retire_partitions('log_entries', 'global', '2026-11-22T16:30:00Z', '2026-11-22T19:00:00Z')",
]


@pytest.fixture(autouse=True)
def missing(filled, new_sender):
    """Something that the table of log_entries lacks in both hours; without it nothing is asked."""
    for hour in (HOUR, HOUR + timedelta(hours=1)):
        shift = hour + timedelta(minutes=10) - datetime.now(UTC)
        filled.write(new_sender(), [{"time": 1, "msg": "a"}], shift=shift)


def wishes(lake):
    """Return what is asked for and not done."""
    with lake.connection() as conn:
        return [request.wish for request in open_requests(conn)]


def orchestrate(lake, *steps):
    """Move the first request that appears through states, in the background."""

    def run():
        with lake.connection() as conn:
            while not (found := open_requests(conn)):
                pass
            for state, message in steps:
                move(conn, found[0].request_id, state, message)

    thread = Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("call", "action"), list(zip(ADMIN_CALLS, ("materialize", "rebuild", "rebuild"), strict=True))
)
def test_a_call_asks_and_shows_what_becomes_of_it(asked, filled, call, action):
    """
    Rows of time and message, in order, until the request has ended.
    """
    seen = []
    thread = orchestrate(filled.lake, ("running", "begun"), ("done", "ended"))
    found = asked.rows(f"SELECT time, msg FROM {call}")
    thread.join()
    assert found["msg"].to_list()[1:] == ["begun", "ended"]
    assert found["msg"][0].startswith("requested: SQL: ")
    assert found["time"].is_sorted()
    with filled.lake.connection() as conn:
        seen = conn.execute(
            "SELECT action, begin_time, end_time FROM materialization_requests"
        ).fetchall()
    (row,) = seen
    assert row[0] == action
    assert [time.astimezone(UTC) for time in row[1:]] == [HOUR, HOUR + timedelta(hours=2)]


def test_planning_asks_for_nothing(asked, filled):
    """
    Neither the schema of a query nor its plan does anything.
    """
    assert asked.service.schema(f"SELECT * FROM {ADMIN_CALLS[0]}").names == ["time", "msg"]
    with pytest.raises(SqlError):
        asked.rows(f"SELECT nothing FROM {ADMIN_CALLS[0]}")
    assert wishes(filled.lake) == []


def test_what_is_covered_already_is_told_at_once(asked, filled):
    """
    There is nothing to ask for, and nothing to wait for; to rebuild it is another wish.
    """
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert asked.rows(f"SELECT msg FROM {ADMIN_CALLS[0]}")["msg"].to_list() == [
        "nothing is missing: the table holds every settled block of these hours"
    ]
    assert wishes(filled.lake) == []


def test_a_failed_request_is_a_last_row_or_an_error(asked, filled):
    """
    materialize_partitions shows it, regenerate_partitions ends the query with it.
    """
    thread = orchestrate(filled.lake, ("failed", "run 7 failed"))
    found = asked.rows(f"SELECT msg FROM {ADMIN_CALLS[0]}")
    thread.join()
    assert found["msg"][-1] == "run 7 failed"
    thread = orchestrate(filled.lake, ("failed", "run 8 failed"))
    with pytest.raises(RunProblem, match="run 8 failed"):
        asked.rows(f"SELECT msg FROM {ADMIN_CALLS[1]}")
    thread.join()


def test_nobody_waits_for_ever(asked, filled, monkeypatch):
    """
    After REQUEST_WAIT_SECONDS_MAX the last row says that the request goes on, and it does.
    """
    monkeypatch.setattr(requests, "REQUEST_WAIT_SECONDS_MAX", 0.2)
    found = asked.rows(f"SELECT msg FROM {ADMIN_CALLS[0]}")
    assert "still requested" in found["msg"][-1]
    assert len(wishes(filled.lake)) == 1
    again = asked.rows(f"SELECT msg FROM {ADMIN_CALLS[0]} LIMIT 1")
    assert again["msg"].to_list() == found["msg"].to_list()[:1]
    assert len(wishes(filled.lake)) == 1


@pytest.mark.parametrize(
    ("call", "note"),
    [
        (
            (
                "materialize_partitions('log_entries', TIMESTAMP '2026-11-22T17:00:00Z', "
                "TIMESTAMP '2026-11-22T17:59:59Z', 3600)"
            ),
            "no whole hour",
        ),
        (
            (
                "materialize_partitions('log_entries', '2026-11-22T17:00:00Z', "
                "'2026-11-23T16:00:00Z', 86400)"
            ),
            "no whole hour",
        ),
        (
            (
                "retire_partitions('log_entries', 'global', '2026-11-22T17:30:00Z', "
                "'2026-11-22T18:30:00Z')"
            ),
            "contains no partition",
        ),
    ],
)
def test_a_range_without_a_whole_partition_asks_for_nothing(asked, filled, call, note):
    """
    One row says so.
    """
    assert note in asked.rows(f"SELECT msg FROM {call}").item()
    assert wishes(filled.lake) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("materialize_partitions('thread_spans', 'now', 'now', 1)", "has no view 'thread_spans'"),
        ("materialize_partitions('log_entries', 'x', 'now', 1)", "begin 'x' is no time"),
        ("materialize_partitions('log_entries', 1.5, NOW(), 1)", "takes begin as a timestamp"),
        ("materialize_partitions('log_entries', NOW(), NOW(), 0)", "more than 0"),
        ("materialize_partitions('log_entries', NOW(), NOW())", "takes 4 arguments, not 3"),
        (
            (
                "materialize_partitions('log_entries', '2020-01-01T00:00:00Z', "
                "'2026-01-01T00:00:00Z', 3600)"
            ),
            str(REQUEST_HOURS_MAX),
        ),
        (
            (
                "regenerate_partitions('log_entries', '2026-11-22T17:00:00Z', "
                "'2026-11-22T18:30:00Z', 3600)"
            ),
            "positive multiple",
        ),
        (
            (
                "regenerate_partitions('log_entries', '2026-11-22T17:30:00Z', "
                "'2026-11-22T18:30:00Z', 3600)"
            ),
            "full hours",
        ),
        (
            (
                "regenerate_partitions('log_entries', '2026-11-22T18:00:00Z', "
                "'2026-11-22T17:00:00Z', 3600)"
            ),
            "positive multiple",
        ),
        ("retire_partitions('log_entries', 'x', NOW(), NOW())", "shared by all processes"),
    ],
)
def test_wrong_arguments_ask_for_nothing(asked, filled, call, message):
    """
    Refused before anything runs, with their place.
    """
    with pytest.raises(SqlError, match=rf"{message}.*line 1"):
        asked.rows(f"SELECT * FROM {call}")
    assert wishes(filled.lake) == []


def test_others_have_no_such_functions(asked):
    """
    For who is no administrator they do not exist, in queries, schemas and messages.
    """
    tables = replace(asked.service._tables, admin=False)
    assert isinstance(tables, LakeTables)
    service = QueryService(tables, QuerySettings(), QueryMetrics(), asked.service._workers)
    for call in ADMIN_CALLS:
        with pytest.raises(UnknownTable, match="no table function") as refused:
            service.query(f"SELECT * FROM {call}")
        assert "partitions'" not in str(refused.value).split("there are")[1]
        with pytest.raises(UnknownTable):
            service.schema(f"SELECT * FROM {call}")
