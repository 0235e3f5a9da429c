"""A running HTTP door over tables that live in memory, and an ordinary HTTP client of it."""

import socket
import threading

import httpx
import pytest

from assets.errors import StorageUnavailable
from query_engine.http.app import create_app
from query_engine.http.server import http_server


class Lake:
    """Whether the lake answers."""

    up = True

    def check(self):
        if not self.up:
            raise StorageUnavailable("no answer")


@pytest.fixture
def lake_state():
    return Lake()


@pytest.fixture
def client(service, settings, lake_state):
    """A client of a running HTTP door."""
    app = create_app(service, settings, (), lake_state.check)
    listener = socket.create_server(("127.0.0.1", 0))
    server = http_server(app, settings)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=url, timeout=20) as connected:
        yield connected
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def late(memory_tables, slow_rows):
    """The name of a table that yields rows and then fails."""
    calls = iter(range(100))

    def wait():
        if next(calls) == 3:
            raise RuntimeError("late")

    memory_tables.frames["late"] = slow_rows(10, 100_000, wait)
    return "late"
