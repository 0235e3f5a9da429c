"""A client that just leaves, on both doors, while the engine is busy before its first row."""

import contextlib
import socket
import sys
import threading
import time

import httpx
import psutil
import pyarrow.flight as fl
import pytest

from query_engine.flight.request import Engine
from query_engine.flight.server import FlightDoor
from query_engine.http.app import create_app
from query_engine.http.server import http_server
from tests.query_engine.workers.conftest import BUSY, HUNGRY, eventually, gone


@pytest.fixture
def http(own, settings):
    """The URL of a running HTTP door."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = http_server(create_app(own, settings, (), lambda: None), settings)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/query"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def flight(own, monkeypatch):
    """A client of a running Flight door."""
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)
    door = FlightDoor(Engine(own), "127.0.0.1", 0)
    with fl.connect(f"grpc://127.0.0.1:{door.port}") as client:
        yield client
    door.shutdown()


def busy(service):
    """Return the process of the one query once it works."""
    eventually(lambda: [q.usage.pid for q in service.running.all()] not in ([], [0]), 20)
    process = psutil.Process(service.running.all()[0].usage.pid)
    before = sum(process.cpu_times()[:2])
    eventually(lambda: sum(process.cpu_times()[:2]) > before + 0.1, 20)
    return process


def test_leaving_the_http_door_frees_the_cores(own, http):
    """
    A closed connection is all that the service gets to see.
    """
    left = threading.Event()

    def ask():
        with contextlib.suppress(httpx.ReadTimeout):
            httpx.post(http, json={"sql": BUSY}, timeout=3)
        left.set()

    threading.Thread(target=ask).start()
    process = busy(own)
    assert left.wait(20)
    begun = time.monotonic()
    eventually(lambda: gone(process.pid), 2)
    assert time.monotonic() - begun < 1
    eventually(lambda: own.running.all() == [])


def test_leaving_the_flight_door_frees_the_cores(own, flight):
    """
    A cancelled call ends the process.
    """
    reader = flight.do_get(fl.Ticket(BUSY.encode()))
    process = busy(own)
    begun = time.monotonic()
    reader.cancel()
    eventually(lambda: gone(process.pid), 2)
    assert time.monotonic() - begun < 1
    eventually(lambda: own.running.all() == [])


def test_too_much_memory_has_a_status_of_its_own_on_both_doors(own, http, flight):
    """
    A client can tell it from a mistake and from an outage.
    """
    answer = httpx.post(http, json={"sql": HUNGRY}, timeout=60)
    assert answer.status_code == 507
    error = answer.json()["error"]
    assert error["code"] == "resource_exhausted"
    assert error["query_id"]
    with pytest.raises(fl.FlightServerError, match="memory_bytes_max") as caught:
        flight.do_get(fl.Ticket(HUNGRY.encode())).read_all()
    assert "UNKNOWN" in str(caught.value)
    assert "Traceback" not in str(caught.value)
