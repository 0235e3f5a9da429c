"""The bounds of what a service builds, and of what it follows."""

import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assets.materialize import WantedSlices, materialize
from assets.storage.layout import Slice, table_key
from assets.storage.metadata.locks import advisory_lock
from assets.storage.metadata.requests import note_look, open_requests
from assets.storage.tables import TableCache
from assets.views.async_events import ASYNC_EVENTS
from assets.views.thread_spans import THREAD_SPANS
from query_engine.builds import builder as module
from query_engine.builds import watch
from query_engine.builds.builder import Builder, GapLimits
from query_engine.limits import REQUEST_LOOK_SECONDS_MAX
from tests.query_engine.builds.conftest import LARGE, SMALL

HOUR = Slice.containing(datetime.now(UTC)).start


@pytest.fixture
def wanted(filled, new_sender):
    """Return a function that makes a process with spans, and says what of it is missing."""

    def make():
        sender = new_sender("cpu")
        filled.write(sender, [{"begin": 1, "duration": 5, "id": 1}])
        slices = frozenset(Slice(HOUR + timedelta(hours=n), sender.process_id) for n in (0, 1))
        return WantedSlices(THREAD_SPANS, sender.process_id, slices)

    return make


@pytest.fixture
def builder_with(filled):
    """Return a function that makes builders, which are closed at the end."""
    made = []

    def make(limits):
        made.append(Builder(filled.lake, TableCache(), limits))
        return made[-1]

    yield make
    for one in made:
        one.close(10)


def until(true):
    """Wait for something to become true."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.01)


def locked(conn, wanted):
    """Hold the lock under which a gap is filled."""
    return advisory_lock(conn, "materialize on demand", THREAD_SPANS.name, wanted.process_id)


def test_only_so_many_builds_work_at_once(filled, wanted, builder_with, monkeypatch):
    """
    BUILDS_MAX; the next one waits for a place, and gets it.
    """
    monkeypatch.setattr(module, "BUILDS_MAX", 1)
    builder, first, second = builder_with(SMALL), wanted(), wanted()
    with filled.lake.own_connection() as conn, locked(conn, first):
        held = builder.filling(first, "a test")
        until(lambda: held.state == "building")
        waiting = builder.filling(second, "a test")
        assert waiting.state == "queued"
    until(lambda: held.ended and waiting.ended)
    assert (held.state, waiting.state) == ("done", "done")


def test_beyond_the_limit_nothing_is_begun(filled, wanted, builder_with, monkeypatch):
    """
    FILLINGS_MAX: queries of one gap more read the tail; who comes to a known one joins it.
    """
    monkeypatch.setattr(module, "FILLINGS_MAX", 1)
    builder, first, second = builder_with(SMALL), wanted(), wanted()
    with filled.lake.own_connection() as conn, locked(conn, first):
        held = builder.filling(first, "a test")
        assert builder.filling(first, "another") is held
        assert builder.filling(second, "a test") is None
    until(lambda: held.ended)
    assert builder.filling(second, "a test") is not None


def test_who_waits_for_another_service_for_long_gives_up(filled, wanted, builder_with, monkeypatch):
    """
    BUILD_LOCK_SECONDS_MAX; then the gap is left alone for GAP_AGAIN_SECONDS.
    """
    monkeypatch.setattr(module, "BUILD_LOCK_SECONDS_MAX", 0.05)
    builder, gap = builder_with(SMALL), wanted()
    with filled.lake.own_connection() as conn, locked(conn, gap):
        held = builder.filling(gap, "a test")
        until(lambda: held.ended)
    assert (held.state, held.message) == ("failed", "another service has been building it for long")
    assert builder.filling(gap, "a test") is None
    monkeypatch.setattr(builder, "_clock", lambda: time.monotonic() + 1000)
    assert builder.filling(gap, "a test") is not None


def test_a_request_that_nobody_wants_is_not_followed_for_long(
    filled, wanted, builder_with, monkeypatch
):
    """
    FILLING_KEPT_SECONDS; the request stays, and who comes again joins it.
    """
    monkeypatch.setattr(watch, "FILLING_KEPT_SECONDS", 0.0)
    builder, gap = builder_with(LARGE), wanted()
    held = builder.filling(gap, "a test")
    until(lambda: held.ended)
    again = builder.filling(gap, "another test")
    assert again is not held
    until(lambda: again.request_id)
    assert again.request_id == held.request_id
    with filled.lake.connection() as conn:
        (request,) = open_requests(conn)
    assert request.wish.reason.startswith("a test: ")
    assert (request.wish.begin, request.wish.end) == (HOUR, HOUR + timedelta(hours=2))


def test_nobody_waits_for_an_orchestration_that_is_gone(filled, wanted, builder_with):
    """
    It looked for requests once, REQUEST_LOOK_SECONDS_MAX ago; who waits is told at once.
    """
    builder = builder_with(LARGE)
    with filled.lake.connection() as conn:
        note_look(conn)
        held = builder.filling(wanted(), "a test")
        until(lambda: held.request_id)
        waiter = threading.Thread(target=held.wait, args=(60,))
        waiter.start()
        until(lambda: held.waiting)
        assert held.attended
        conn.execute(
            "UPDATE request_looks SET looked_at = looked_at - make_interval(secs => %s)",
            (REQUEST_LOOK_SECONDS_MAX + 1,),
        )
        waiter.join(30)
    assert not waiter.is_alive()
    assert (held.attended, held.ended) == (False, False)


def test_a_request_that_is_gone_ends_what_waits_for_it(filled, wanted, builder_with):
    """
    Somebody deleted it: nobody waits for nothing.
    """
    builder = builder_with(LARGE)
    held = builder.filling(wanted(), "a test")
    until(lambda: held.request_id)
    with filled.lake.connection() as conn:
        conn.execute("DELETE FROM materialization_requests")
    until(lambda: held.ended)
    assert (held.state, held.message) == ("failed", "its request is gone")


def test_a_table_that_cannot_be_read_holds_up_no_other_request(
    filled, wanted, builder_with, monkeypatch
):
    """
    What the others lack is looked at all the same: whoever waits goes on once it is there.
    """
    monkeypatch.setattr(watch, "GAP_LOOK_SECONDS", 0.0)
    builder, gap = builder_with(LARGE), wanted()
    with filled.lake.connection() as conn:
        note_look(conn)
    broken = builder.filling(replace(gap, view=ASYNC_EVENTS), "a test")
    until(lambda: broken.request_id)
    log = table_key(ASYNC_EVENTS.name) + "/_delta_log/00000000000000000000.json"
    filled.lake.objects.put_new(log, b"nonsense")
    held = builder.filling(gap, "a test")
    until(lambda: held.request_id)
    for one in (broken, held):
        threading.Thread(target=one.wait, args=(90,), daemon=True).start()
        until(lambda one=one: one.waiting)
    materialize(filled.lake, gap.view, TableCache(), process_id=gap.process_id)
    until(lambda: held.ended)
    assert (held.state, broken.ended) == ("done", False)


def test_with_the_defaults_a_service_builds_gaps_of_either_kind() -> None:
    """
    What is too much for a query to decode is not at once too much for the service to build.
    """
    limits = GapLimits()
    assert 4 * max(limits.process_bytes, limits.global_bytes) <= limits.build_bytes


def test_a_gap_is_one_processs() -> None:
    """
    A fault of the program, told where it is made.
    """
    with pytest.raises(AssertionError):
        WantedSlices(THREAD_SPANS, str(uuid.uuid4()), frozenset({Slice(HOUR)}))
