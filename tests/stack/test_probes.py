"""Probes: they say what is wrong in words, in bounded time, and never raise."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

import pytest

from stack import probes
from stack.limits import PROBE_TIMEOUT_S
from stack.ports import free_port
from stack.postgres import EmbeddedPostgres


@contextmanager
def serving(code: int, body: object) -> Iterator[str]:
    """Serve one answer to everything, as a part might give it."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            data = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = TCPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that accepts connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_part_that_answers_is_ready(postgres_server: EmbeddedPostgres) -> None:
    """
    Every kind of part has its question.
    """
    with serving(200, {}) as url:
        assert probes.http_status(f"{url}/ready") == "ready"
        assert probes.tcp_status("127.0.0.1", int(url.rpartition(":")[2])) == "ready"
    assert probes.postgres_status(postgres_server.url()) == "ready"


def test_a_refusal_is_told_with_its_text() -> None:
    """
    What a part says about itself reaches the person who asks.
    """
    with serving(503, {"error": "the database does not answer"}) as url:
        status = probes.http_status(url)
    assert status.startswith("HTTP 503")
    assert "the database does not answer" in status


def test_nobody_there_is_told_and_not_raised(postgres_server: EmbeddedPostgres) -> None:
    """
    A part that does not run is the normal case for `limnod status`.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    assert probes.http_status(url).startswith("no answer")
    assert probes.tcp_status("127.0.0.1", port).startswith("no answer")
    assert probes.postgres_status(f"postgresql://a:b@127.0.0.1:{port}/c").startswith("no answer")
    assert probes.dagster_code_status(url).startswith("the webserver does not know")
    assert probes.dagster_daemon_status(url).startswith("the webserver does not know")


def test_silence_ends_in_bounded_time(silent_port: int) -> None:
    """
    A part that hangs must not hang the one who asks.
    """
    begun = time.monotonic()
    assert probes.http_status(f"http://127.0.0.1:{silent_port}").startswith("no answer")
    assert time.monotonic() - begun < PROBE_TIMEOUT_S + 1


def test_dagsters_daemon_is_ready_when_every_required_one_beats() -> None:
    """
    One missing heartbeat is named; daemons that are not required do not count.
    """
    statuses = [
        {"daemonType": "SENSOR", "required": True, "healthy": True},
        {"daemonType": "BACKFILL", "required": True, "healthy": False},
        {"daemonType": "ASSET", "required": False, "healthy": None},
    ]
    health = {"data": {"instance": {"daemonHealth": {"allDaemonStatuses": statuses}}}}
    with serving(200, health) as url:
        assert probes.dagster_daemon_status(url) == "no heartbeat of backfill"
    statuses[1]["healthy"] = True
    with serving(200, health) as url:
        assert probes.dagster_daemon_status(url) == "ready"


def test_a_code_location_that_failed_to_load_is_told() -> None:
    """
    The UI may be up while its code is not.
    """
    good = {"name": "limnograph", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
    bad = {
        "name": "limnograph",
        "locationOrLoadError": {"__typename": "PythonError", "message": "it is broken"},
    }
    for entry, expected in ((good, "ready"), (bad, "limnograph: it is broken")):
        answer = {"data": {"workspaceOrError": {"locationEntries": [entry]}}}
        with serving(200, answer) as url:
            assert probes.dagster_code_status(url) == expected
