"""Queries of tables that lack much: exact whether they wait or not, and one build for all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from assets.errors import CallerError
from assets.materialize import materialize
from assets.storage.metadata.build_reports import build_reports
from assets.storage.metadata.locks import advisory_lock
from assets.storage.metadata.requests import advance, move, note_look, open_requests
from assets.storage.tables import TableCache
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec
from assets.views.thread_spans import THREAD_SPANS
from query_engine import limits
from query_engine.builds import patience, watch
from query_engine.errors import Cancelled
from tests.query_engine.builds.conftest import LARGE, SMALL

AN_HOUR_AGO = -timedelta(hours=2)


def spans(count):
    """Return completed spans."""
    return [{"begin": n, "duration": 5, "id": n + 1} for n in range(count)]


def spans_of(sender):
    """Return the query for the spans of a process."""
    return f"SELECT id FROM process_spans('{sender.process_id}', 'thread') ORDER BY id"


@pytest.fixture
def sender(filled, new_sender):
    """Return a process with five spans."""
    made = new_sender("cpu")
    filled.write(made, spans(3), spans(2))
    return made


@pytest.fixture
def orchestrated(filled):
    """
    Return a function that serves the next request as Dagster would, in the background.

    It looks at requests, builds what the first one asks for if told to, and ends it.
    """
    threads = []

    def serve(state="done", *, build=True, hold=None):
        def run():
            with filled.lake.connection() as conn:
                note_look(conn)
                while not (found := open_requests(conn)):
                    time.sleep(0.01)
                request = found[0]
                move(conn, request.request_id, "running", "asked Dagster for a run")
                advance(
                    conn, request.request_id, hours_total=4, hours_done=1, message="0 of 1 runs"
                )
                if hold is not None:
                    hold.wait(30)
                if build:
                    materialize(
                        filled.lake,
                        THREAD_SPANS,
                        TableCache(),
                        process_id=request.wish.process_id,
                    )
                move(conn, request.request_id, state, "it is over")

        with filled.lake.connection() as conn:
            note_look(conn)
        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield serve
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def requests_of(filled):
    """Return every request that was ever made."""
    with filled.lake.connection() as conn:
        return conn.execute(
            "SELECT state, view, process_id::text, reason FROM materialization_requests"
        ).fetchall()


def test_a_small_gap_is_built_before_it_is_read(service_with, filled, sender):
    """
    The first to ask waits for it, afterwards the table answers; Dagster will be told of the build.
    """
    asked = service_with(SMALL)
    for _ in range(2):
        assert asked.rows(spans_of(sender))["id"].to_list() == [1, 1, 2, 2, 3]
    assert asked.counted("limnograph_query_tail_blocks", "thread_spans") == 0
    assert filled.stored(THREAD_SPANS).height == 5
    with filled.lake.connection() as conn:
        (report,) = build_reports(conn, 10)
    assert (report.view, report.process_id) == ("thread_spans", sender.process_id)
    assert (report.rows, report.blocks, len(report.slices)) == (5, 2, 1)
    assert report.bytes > 0
    assert report.builder.startswith("query service on ")


def test_a_large_gap_is_asked_for_and_waited_for(service_with, filled, sender, orchestrated):
    """
    The reason names the query; it sees how far the request is, and then the table.
    """
    asked, hold = service_with(LARGE), threading.Event()
    orchestrated(hold=hold)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(asked.rows, spans_of(sender), client="ada")
        status = waited_for(asked, lambda row: row["build_hours_total"] == 4)
        assert (status["state"], status["build_hours_done"]) == ("building", 1)
        assert status["building"] == f"thread_spans of process {sender.process_id}: 0 of 1 runs"
        hold.set()
        assert answer.result(60)["id"].to_list() == [1, 1, 2, 2, 3]
    assert asked.counted("limnograph_query_tail_blocks", "thread_spans") == 0
    ((_, view, process_id, reason),) = requests_of(filled)
    assert (view, process_id) == ("thread_spans", sender.process_id)
    assert reason.startswith(f"query {status['query_id']} of unknown at ada (python): ")


def waited_for(asked, good):
    """Return the status of the one query once it is good."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for query in asked.service.running.all():
            status = asked.service.status(query.query_id)
            if status and good(status):
                return status
        time.sleep(0.02)
    raise AssertionError("the query did not get there")


def test_who_wants_the_tail_reads_it_at_once(service_with, filled, sender):
    """
    The gap is asked for all the same, so that the next query finds a table.
    """
    asked = service_with(LARGE)
    found = asked.rows(spans_of(sender), on_demand="tail")
    assert found["id"].to_list() == [1, 1, 2, 2, 3]
    assert asked.counted("limnograph_query_tail_blocks", "thread_spans") == 2
    deadline = time.monotonic() + 60
    while not requests_of(filled) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(requests_of(filled)) == 1


def test_nobody_waits_when_the_orchestration_is_away(service_with, filled, sender):
    """
    It has not looked for requests: the tail gives the same rows, and the request stays.
    """
    asked = service_with(LARGE)
    begun = time.monotonic()
    assert asked.rows(spans_of(sender))["id"].to_list() == [1, 1, 2, 2, 3]
    assert time.monotonic() - begun < limits.QUERY_SECONDS_MAX * limits.BUILD_WAIT_FRACTION / 2
    assert [row[0] for row in requests_of(filled)] == ["requested"]


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_request_that_fails_costs_a_query_its_patience_only(
    service_with, filled, sender, orchestrated, state
):
    """
    The tail answers, and for a while nobody asks again.
    """
    asked = service_with(LARGE)
    orchestrated(state, build=False)
    for _ in range(2):
        assert asked.rows(spans_of(sender))["id"].to_list() == [1, 1, 2, 2, 3]
    other = service_with(LARGE)
    assert other.rows(spans_of(sender))["id"].to_list() == [1, 1, 2, 2, 3]
    assert [row[0] for row in requests_of(filled)] == [state]


def test_a_query_waits_only_so_long(service_with, sender, orchestrated, monkeypatch):
    """
    BUILD_WAIT_FRACTION of its time; the rest is for reading the tail.
    """
    monkeypatch.setattr(patience, "BUILD_WAIT_FRACTION", 0.001)
    asked, hold = service_with(LARGE), threading.Event()
    orchestrated(hold=hold)
    assert asked.rows(spans_of(sender))["id"].to_list() == [1, 1, 2, 2, 3]
    assert asked.counted("limnograph_query_tail_blocks", "thread_spans") == 2
    hold.set()


def test_what_is_committed_counts_before_the_run_has_ended(
    service_with, filled, sender, orchestrated, monkeypatch
):
    """
    The table is looked at, besides the request: a run ends some seconds after its last commit.
    """
    monkeypatch.setattr(watch, "GAP_LOOK_SECONDS", 0.0)
    asked, hold = service_with(LARGE), threading.Event()
    orchestrated(hold=hold)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(asked.rows, spans_of(sender))
        waited_for(asked, lambda row: row["state"] == "building")
        materialize(filled.lake, THREAD_SPANS, TableCache(), process_id=sender.process_id)
        assert answer.result(60).height == 5
    assert [row[0] for row in requests_of(filled)] == ["running"]
    hold.set()


def test_a_query_that_leaves_harms_nobody(service_with, filled, sender):
    """
    Cancelled while another service builds: it ends at once, and the other's build is done.
    """
    asked = service_with(SMALL)
    lock = ("materialize on demand", "thread_spans", sender.process_id)
    with ThreadPoolExecutor(2) as threads:
        with filled.lake.own_connection() as conn, advisory_lock(conn, *lock):
            first = threads.submit(asked.rows, spans_of(sender))
            status = waited_for(asked, lambda row: row["state"] == "building")
            asked.service.cancel(str(status["query_id"]))
            with pytest.raises(Cancelled):
                first.result(60)
            second = threads.submit(asked.rows, spans_of(sender))
        assert second.result(60)["id"].to_list() == [1, 1, 2, 2, 3]
    assert filled.stored(THREAD_SPANS).height == 5


def test_who_waits_holds_no_place(service_with, filled, sender, orchestrated):
    """
    Other queries run while this one waits for its table.
    """
    asked, hold = service_with(LARGE, running_queries_max=1), threading.Event()
    orchestrated(hold=hold)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(asked.rows, spans_of(sender))
        waited_for(asked, lambda row: row["state"] == "building")
        assert asked.rows("SELECT 1 AS one")["one"].to_list() == [1]
        hold.set()
        assert answer.result(60).height == 5


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_many_askers_of_two_services_cost_one_build(
    service_with, filled, sender, orchestrated, size
):
    """
    Hundreds of threads: one commit, one request at most, the same answer for all.
    """
    services = [service_with(size, waiting_queries_max=1000) for _ in range(2)]
    if size is LARGE:
        orchestrated()
    with ThreadPoolExecutor(64) as threads:
        answers = [
            threads.submit(services[n % 2].rows, spans_of(sender), client=str(n))
            for n in range(200)
        ]
        assert {tuple(answer.result(120)["id"]) for answer in answers} == {(1, 1, 2, 2, 3)}
    assert filled.stored(THREAD_SPANS).height == 5
    assert filled.tables.snapshot(filled.lake, table_spec(THREAD_SPANS)).version <= 1
    assert len(requests_of(filled)) == (size is LARGE)
    with filled.lake.connection() as conn:
        assert len(build_reports(conn, 10)) == (size is SMALL)


def test_passed_hours_of_a_view_for_all_are_built_the_hour_under_way_is_not(
    service_with, filled, new_sender
):
    """
    What the sensor is about to do is left to it; the answer is exact before and after.
    """
    asked, sender = service_with(SMALL), new_sender()
    old = [{"time": n, "msg": f"old {n}"} for n in range(3)]
    filled.write(sender, old, shift=AN_HOUR_AGO)
    filled.write(sender, [{"time": 5, "msg": "new"}])
    for _ in range(2):
        found = asked.rows("SELECT msg FROM log_entries ORDER BY time")
        assert found["msg"].to_list() == ["old 0", "old 1", "old 2", "new"]
    assert filled.stored(LOG_ENTRIES).height == 3
    with filled.lake.connection() as conn:
        (report,) = build_reports(conn, 10)
    hour = datetime.now(UTC) + AN_HOUR_AGO
    assert abs(report.slices[0].start - hour) <= timedelta(hours=1)


def test_explaining_begins_nothing(service_with, filled, sender):
    """
    EXPLAIN tells how many blocks it would decode; EXPLAIN ANALYZE runs, and builds first.
    """
    asked = service_with(SMALL)
    plan = "\n".join(asked.rows(f"EXPLAIN {spans_of(sender)}")["plan"])
    assert "2 tail blocks" in plan
    assert filled.stored(THREAD_SPANS).height == 0
    asked.rows(f"EXPLAIN ANALYZE {spans_of(sender)}")
    assert filled.stored(THREAD_SPANS).height == 5


def test_a_service_that_stops_keeps_nobody_waiting(service_with, filled, sender, orchestrated):
    """
    Who waits is told that the service stops; what was asked for goes on.
    """
    asked, hold = service_with(LARGE), threading.Event()
    orchestrated(hold=hold)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(asked.rows, spans_of(sender))
        waited_for(asked, lambda row: row["state"] == "building")
        assert asked.service.close(0)
        assert getattr(answer.exception(60), "code", "") == "shutting_down"
    hold.set()


def test_a_word_that_is_neither_is_told(service_with):
    """
    Callers are told what there is.
    """
    with pytest.raises(CallerError, match="wait or tail, not 'now'"):
        patience.on_demand_of("now", "on_demand")
