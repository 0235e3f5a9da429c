"""How many Flight calls run at once."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pyarrow.flight as fl
import pytest

from assets.errors import StorageUnavailable
from query_engine.flight.request import Engine
from query_engine.flight.server import FlightDoor
from query_engine.flight.slots import CallSlots
from query_engine.limits import FLIGHT_ACTIONS_SPARE


class TrailersFactory(fl.ClientMiddlewareFactory):
    """Keeps what came with the last answer."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    def start_call(self, info):
        factory = self

        class Middleware(fl.ClientMiddleware):
            def received_headers(self, headers):
                factory.seen |= headers

        return Middleware()


@pytest.fixture
def opened(service, monkeypatch):
    """Open a door with so many places; returns a client and the engine."""
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)
    doors = []

    def open_door(calls_max, ready=lambda: None):
        engine = Engine(service, check_ready=ready, slots=CallSlots(calls_max))
        doors.append(FlightDoor(engine, "127.0.0.1", 0))
        return f"grpc://127.0.0.1:{doors[-1].port}", engine

    yield open_door
    for door in doors:
        door.shutdown()


def read(client, sql):
    return client.do_get(fl.Ticket(sql.encode())).read_all().num_rows


def wait_for(condition):
    """Wait until it is so; the test's own time limit is the deadline."""
    while not condition():
        threading.Event().wait(0.01)


def test_one_call_too_many_is_refused_with_what_to_do(opened, memory_tables, slow_rows, gate):
    """
    UNAVAILABLE, with the code in a trailer; when a place is free again the next call is answered.
    """
    memory_tables.frames["gated"] = slow_rows(1, 1, gate.wait)
    url, engine = opened(1)
    trailers = TrailersFactory()
    with fl.connect(url) as client, fl.connect(url, middleware=[trailers]) as other:
        running = threading.Thread(target=read, args=(client, "SELECT n FROM gated"))
        running.start()
        wait_for(lambda: engine.slots.taken == 1)
        with pytest.raises(fl.FlightUnavailableError, match=r"1 calls .*flight_calls_max"):
            read(other, "SELECT 1 AS n")
        assert trailers.seen["limno-code"] == ["too_many_calls"]
        assert len(list(other.do_action(fl.Action("HealthCheck", b"")))) == 1
        gate.set()
        running.join()
        wait_for(lambda: engine.slots.taken == 0)
        assert read(other, "SELECT 1 AS n") == 1


def test_actions_have_places_of_their_own(opened):
    """
    But not without a bound.
    """
    slots = CallSlots(2)
    assert [slots.enter(action=False) for _ in range(3)] == [True, True, False]
    assert all(slots.enter(action=True) for _ in range(FLIGHT_ACTIONS_SPARE))
    assert not slots.enter(action=True)
    slots.leave()
    assert slots.enter(action=True)


@pytest.mark.slow
def test_hundreds_of_calls_at_once_are_answered_or_refused_cleanly(opened):
    """
    Every one ends, no place is lost, and afterwards all is as before.
    """
    url, engine = opened(8)

    def call(number):
        with fl.connect(url) as client:
            try:
                return read(client, f"SELECT {number} AS n")
            except fl.FlightUnavailableError as error:
                return str(error)

    with ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(call, range(300)))
    refused = [text for text in answers if text != 1]
    assert len(refused) < 300
    assert all("again later" in text and "Traceback" not in text for text in refused)
    wait_for(lambda: engine.slots.taken == 0)
    with fl.connect(url) as client:
        assert read(client, "SELECT 1 AS n") == 1


def test_a_client_that_leaves_gives_its_place_back(opened, memory_tables, slow_rows, gate):
    """
    However it leaves: before the first row, or after some.
    """
    memory_tables.frames["gated"] = slow_rows(1000, 10_000, gate.wait)
    url, engine = opened(4)
    with fl.connect(url) as client:
        reader = client.do_get(fl.Ticket(b"SELECT n FROM gated"))
        wait_for(lambda: engine.slots.taken == 1)
        reader.cancel()
        wait_for(lambda: engine.slots.taken == 0)
        gate.set()
        reader = client.do_get(fl.Ticket(b"SELECT n FROM gated"))
        reader.read_chunk()
        assert engine.slots.taken == 1
        reader.cancel()
        wait_for(lambda: engine.slots.taken == 0)


def test_health_tells_what_is_wrong(opened):
    """
    As an error that clients and balancers take for `come back later`.
    """

    def check():
        raise StorageUnavailable("host and path are told to nobody")

    url, _ = opened(4, check)
    with (
        fl.connect(url) as client,
        pytest.raises(fl.FlightUnavailableError, match="storage did not answer"),
    ):
        list(client.do_action(fl.Action("HealthCheck", b"")))
