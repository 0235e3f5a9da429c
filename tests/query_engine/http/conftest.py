"""A running HTTP door over tables that live in memory, and an ordinary HTTP client of it."""

import contextlib
import socket
import threading

import httpx
import pytest

from assets.errors import StorageUnavailable
from query_engine.http.app import create_app
from query_engine.http.server import http_server
from query_engine.settings import QuerySettings
from query_engine.tables.listing import table_infos


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
def open_door(service, settings, lake_state):
    """Open a door whose settings may differ; returns a client of it."""
    with contextlib.ExitStack() as opened:

        def open_one(**changed):
            own = QuerySettings(**settings.model_dump() | changed)
            app = create_app(service, own, table_infos, lake_state.check)
            listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = http_server(app, own)
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            opened.callback(thread.join, 10)
            opened.callback(setattr, server, "should_exit", True)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            return opened.enter_context(httpx.Client(base_url=url, timeout=20))

        yield open_one


@pytest.fixture
def client(open_door):
    """A client of a running HTTP door."""
    return open_door()


@pytest.fixture
def late(memory_tables, slow_rows):
    """The name of a table that yields rows and then fails."""
    calls = iter(range(100))

    def wait():
        if next(calls) == 3:
            raise RuntimeError("late")

    memory_tables.frames["late"] = slow_rows(10, 100_000, wait)
    return "late"
