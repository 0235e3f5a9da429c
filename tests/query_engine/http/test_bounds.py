"""How much the HTTP door takes on, and what it does with those who only hold a place."""

import asyncio
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from query_engine.http import body_limit, protocol
from query_engine.http.app import create_app
from query_engine.http.server import http_server


@pytest.fixture
def opened(service, settings):
    """Open a door with other limits; returns its port."""
    running = []

    def open_door(**limits):
        own = settings.model_copy(update=limits)
        listener = socket.create_server(("127.0.0.1", 0))
        server = http_server(create_app(service, own, lambda: (), lambda: None), own)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        running.append((server, thread, listener))
        return listener.getsockname()[1]

    yield open_door
    for server, thread, listener in running:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def asked_and_held(memory_tables, slow_rows, gate):
    """Return a question whose answer waits for the gate."""
    memory_tables.frames["gated"] = slow_rows(1, 1, gate.wait)
    return {"sql": "SELECT n FROM gated"}


def client(port):
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)


def wait_for(condition):
    while not condition():
        threading.Event().wait(0.01)


def is_cut(connection):
    """Wait for the end of a connection."""
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_one_request_too_many_is_told_to_come_back(opened, service, asked_and_held, gate):
    """
    Whoever watches or stops queries is answered all the same.
    """
    port = opened(http_requests_max=1)
    with client(port) as one, client(port) as two:
        answers = []
        running = threading.Thread(
            target=lambda: answers.append(one.post("/api/query", json=asked_and_held).status_code)
        )
        running.start()
        wait_for(service.running.all)
        refused = two.get("/api/tables")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["error"]["code"] == "too_many_requests"
        assert "http_requests_max" in refused.json()["error"]["message"]
        for path in ("/health", "/ready", "/metrics"):
            assert two.get(path).status_code == 200
        gone = "/api/queries/00000000-0000-0000-0000-000000000000"
        assert two.delete(gone).status_code != 503
        gate.set()
        running.join()
        assert answers == [200]
        wait_for(lambda: two.get("/api/tables").status_code == 200)


def test_one_connection_too_many_is_told_and_closed(opened):
    """
    As soon as one of the others closes, there is room again.
    """
    port = opened(http_connections_max=2)
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
    for one in held:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one.recv(100).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", port)) as third:
        said = b""
        while part := third.recv(1000):
            said += part
    head, body = said.split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert json.loads(body)["error"]["code"] == "too_many_connections"
    for one in held:
        one.close()

    def answered():
        with client(port) as again:
            return again.get("/health").status_code == 200

    wait_for(answered)


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost:"])
def test_a_connection_without_a_request_is_cut(opened, monkeypatch, sent):
    """
    Nothing at all, or half a head: either holds a place only for a while.
    """
    monkeypatch.setattr(protocol, "HTTP_HEADER_SECONDS_MAX", 0.2)
    port = opened()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as idle:
        idle.sendall(sent)
        assert is_cut(idle)


def test_half_a_head_after_a_request_is_cut_as_well(opened, monkeypatch):
    """
    What came before does not matter.
    """
    monkeypatch.setattr(protocol, "HTTP_HEADER_SECONDS_MAX", 0.2)
    port = opened()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one.recv(1000).startswith(b"HTTP/1.1 200")
        one.sendall(b"GET /health")
        assert is_cut(one)


def test_a_body_that_does_not_come_is_refused(opened, monkeypatch):
    """
    The place is free again, and the client can read why.
    """
    monkeypatch.setattr(body_limit, "HTTP_BODY_SECONDS_MAX", 0.2)
    port = opened()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(b"POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        said = b""
        while part := one.recv(1000):
            said += part
    assert said.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in said


def test_connections_are_dropped_by_the_kernel_when_nothing_is_taken():
    """
    The bound is a query's time: a client that takes nothing for so long holds nothing up.
    """

    class Transport(asyncio.Transport):
        def get_extra_info(self, name, default=None):
            return inner if name == "socket" else default

    with socket.socket() as inner:
        protocol._bound_stalls(Transport(), 12.5)
        assert inner.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 12_500


@pytest.mark.slow
def test_hundreds_of_requests_at_once_are_answered_or_refused_cleanly(opened):
    """
    Every one ends, and the service answers as before.
    """
    port = opened(http_requests_max=16)

    def ask(number):
        with client(port) as one:
            answer = one.post("/api/query", json={"sql": f"SELECT {number} AS n"})
            code = answer.json().get("error", {}).get("code", "")
            return answer.status_code, code

    with ThreadPoolExecutor(60) as threads:
        answers = set(threads.map(ask, range(300)))
    assert answers <= {(200, ""), (503, "too_many_requests"), (503, "too_many_queries")}
    assert (200, "") in answers
    assert ask(1) == (200, "")


def test_what_still_comes_of_a_refused_body_is_not_read_for_ever(opened, monkeypatch):
    """
    The answer is sent at once, and the connection is dropped a little later.
    """
    monkeypatch.setattr(body_limit, "HTTP_BODY_SECONDS_MAX", 0.1)
    monkeypatch.setattr(protocol, "HTTP_HEADER_SECONDS_MAX", 0.3)
    with socket.create_connection(("127.0.0.1", opened())) as one:
        one.sendall(b"POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n{")
        assert one.recv(1000).startswith(b"HTTP/1.1 408")
        dropped = False
        while not dropped:
            try:
                one.sendall(b" ")
                threading.Event().wait(0.02)
            except (ConnectionResetError, BrokenPipeError):
                dropped = True
