"""What is drawn while a query takes long, and when nothing is."""

import io
import sys
import threading
from collections.abc import Callable

import pytest

import limnograph
from limnograph.client import Client
from limnograph.client.door import Answer, Query, Stop
from limnograph.client.meter import Meter, description, seen
from limnograph.client.retry import Retry
from limnograph.client.stream import Stream
from query_engine.service import QueryService
from tests.sdk.client.conftest import Gate


class Terminal(io.StringIO):
    """A standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal; not a fixture, because pytest changes it after those."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    return made


def opened_after(gate: Gate, ready: Callable[[], bool]) -> threading.Thread:
    """Open the gate once something is so."""

    def wait() -> None:
        done = threading.Event()
        for _ in range(3000):
            if ready():
                break
            done.wait(0.01)
        gate.set()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_long_query_draws_a_bar_and_clears_it(
    lake: Client, service: QueryService, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Seconds and what the service says of the query, on standard error.
    """
    terminal = watched(monkeypatch)
    opener = opened_after(gate, lambda: "running" in terminal.getvalue())
    assert lake.query("SELECT count(*) AS n FROM gated").scalar() == 3
    opener.join()
    drawn = terminal.getvalue()
    assert " s, running" in drawn
    assert drawn.endswith("\r")
    assert drawn.rpartition("\r")[0].rpartition("\r")[2].strip() == ""


def test_a_short_query_draws_nothing(lake: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A bar that comes and goes at once only disturbs.
    """
    terminal = watched(monkeypatch)
    assert lake.query("SELECT count(*) AS n FROM numbers").scalar() == 10
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("terminal_there", [True, False])
def test_nothing_is_drawn_where_it_is_not_wanted(
    http_uri: str, gate: Gate, monkeypatch: pytest.MonkeyPatch, *, terminal_there: bool
) -> None:
    """
    ``progress=False``, or nobody looks: a log file stays clean.
    """
    err: io.StringIO = Terminal() if terminal_there else io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    threading.Timer(1.5, gate.set).start()
    with limnograph.connect(http_uri, progress=False if terminal_there else None) as lake:
        assert lake.query("SELECT count(*) AS n FROM gated").scalar() == 3
    assert err.getvalue() == ""


def test_a_process_without_standard_error_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    As started from a desktop.
    """
    monkeypatch.setattr(sys, "stderr", None)
    assert seen() is False


class Silent:
    """A door behind which nothing ever happens."""

    def __init__(self) -> None:
        self._left = threading.Event()

    def run(self, query: Query, stop: Stop) -> Answer:
        stop.use(self._left.set)
        self._left.wait(60)
        raise limnograph.QueryError("cancelled", "left")

    def cancel(self, query_id: str) -> bool:
        return False

    def progress(self, query_id: str) -> object:
        yield {"state": "running", "files_done": 3, "files_total": 12, "slices_total": 9}

    def close(self) -> None:
        return


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "0 s"),
        ({"state": "waiting"}, "0 s, waiting"),
        ({"state": "running", "files_done": 3, "files_total": 12}, "0 s, running, 3/12 files"),
        (
            {"state": "running", "files_done": None, "files_total": 4, "slices_done": 1,
             "slices_total": 2},
            "0 s, running, 1/2 slices",
        ),
        ({"state": "running", "files_done": 0, "files_total": 0}, "0 s, running"),
        (
            {"state": "building", "build_hours_done": 7, "build_hours_total": 48, "files_done": 0,
             "files_total": 4},
            "0 s, building, 7/48 hours",
        ),
    ],
)  # fmt: skip
def test_what_stands_before_the_bar(said: dict[str, object], expected: str) -> None:
    """
    Files where the service can count them, slices where it cannot; first what is built, in hours.
    """
    stream = Stream(Silent(), Query("SELECT 1"), Retry(0))
    try:
        assert description(stream, said) == expected
        stream.rows = 1234567
        assert description(stream, said) == expected + ", 1,234,567 rows"
    finally:
        stream.close()


def test_the_bar_fills_as_files_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Three of twelve are a quarter.
    """
    terminal = watched(monkeypatch)
    stream = Stream(Silent(), Query("SELECT 1"), Retry(0))
    try:
        stream.begun -= 60
        with Meter(stream) as meter:
            for _ in range(500):
                meter.draw()
                if "3/12 files" in terminal.getvalue():
                    break
                threading.Event().wait(0.02)
        assert "s, running, 3/12 files" in terminal.getvalue()
    finally:
        stream.close()


def test_waiting_for_a_service_is_told() -> None:
    """
    Somebody who waits for a restart sees that, not a bar that stands.
    """
    stream = Stream(Silent(), Query("SELECT 1"), Retry(0))
    try:
        stream.trouble = limnograph.QueryError("unavailable", "nobody listens there")
        assert description(stream, {}) == "0 s, nobody listens there; trying again"
    finally:
        stream.close()
