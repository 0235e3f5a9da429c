"""Asking again while the service restarts: bounded, never twice the same rows."""

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pytest

import limnograph
from limnograph.client import QueryError, Unreachable
from limnograph.client.limits import PAUSE_SECONDS_MAX
from limnograph.client.retry import Attempts, Retry

ROOT = Path(__file__).resolve().parents[3]


def failure(*, transient: bool = True, retry_after_s: float | None = None) -> QueryError:
    """Return an error of a service that is there."""
    return QueryError("too_many_queries", "x", transient=transient, retry_after_s=retry_after_s)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pauses_grow_and_end_in_time() -> None:
    """
    More and more patient, up to a bound, within the seconds that were given.
    """
    clock = Clock()
    attempts = Attempts(Retry(10.0), clock)
    pauses = []
    while (pause := attempts.pause_s(failure())) is not None:
        pauses.append(pause)
        clock.now += pause
    assert 5 < len(pauses) < 20
    assert sum(pauses) <= 10
    assert pauses[0] <= 0.1 < max(pauses) <= PAUSE_SECONDS_MAX
    assert all(pause > 0 for pause in pauses)


def test_the_service_says_when_to_come_back() -> None:
    """
    Retry-After is a least pause; one beyond the patience ends it.
    """
    attempts = Attempts(Retry(10.0), Clock())
    assert attempts.pause_s(failure(retry_after_s=3.0)) == 3.0
    assert attempts.pause_s(failure(retry_after_s=30.0)) is None


def test_what_asking_again_cannot_help_is_raised_at_once() -> None:
    """
    Wrong SQL stays wrong; 0 seconds are no patience.
    """
    assert Attempts(Retry(10.0)).pause_s(failure(transient=False)) is None
    assert Attempts(Retry(0)).pause_s(failure()) is None


def test_an_address_that_never_answered_is_given_up_at_once_unless_told_otherwise() -> None:
    """
    A wrong port is told within a moment; a restart of a known service is waited out.
    """
    nobody = Unreachable("unavailable", "x", transient=True)
    usual = Retry(None)
    assert Attempts(usual).pause_s(nobody) is None
    usual.answered()
    assert Attempts(usual).pause_s(nobody) is not None
    assert Attempts(Retry(5.0)).pause_s(nobody) is not None


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_patience_is_a_length_of_time(seconds: float) -> None:
    """
    Anything else is refused where it is set.
    """
    with pytest.raises(QueryError, match="retry_seconds"):
        limnograph.connect("grpc://127.0.0.1:9", retry_seconds=seconds)


class Busy(ThreadingHTTPServer):
    """A service that is busy a few times, and keeps the ids of what it was asked."""

    def __init__(self, refusals: int) -> None:
        self.ids: list[str] = []
        sink = pa.BufferOutputStream()
        table = pa.table({"n": [1]})
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        answer = sink.getvalue().to_pybytes()
        ids = self.ids

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                ids.append(self.headers["x-query-id"])
                if len(ids) > refusals:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(answer)
                    return
                self.send_response(503)
                self.send_header("Retry-After", "0")
                self.end_headers()
                error = {"code": "too_many_queries", "message": "busy"}
                self.wfile.write(json.dumps({"error": error}).encode())

            def log_message(self, *_: object) -> None:
                return

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.mark.parametrize(("refusals", "patience"), [(2, 30.0), (1, None)])
def test_a_busy_service_is_asked_again(refusals: int, patience: float | None) -> None:
    """
    Each attempt is a query of its own: the one before may still be known to the service.
    """
    with Busy(refusals) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        uri = f"http://127.0.0.1:{server.server_port}"
        result = limnograph.connect(uri, retry_seconds=patience).query("SELECT 1")
        assert result.scalar() == 1
        assert result.query_id == server.ids[-1]
        assert len(set(server.ids)) == refusals + 1
        server.shutdown()


def test_without_patience_a_busy_service_is_an_error() -> None:
    """
    ``retry_seconds=0``: one attempt.
    """
    with Busy(1) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        uri = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(QueryError, match="busy") as caught:
            limnograph.connect(uri, retry_seconds=0).query("SELECT 1")
        assert caught.value.code == "too_many_queries"
        assert len(server.ids) == 1
        server.shutdown()


class Service:
    """A real query service whose process is ended and started again at the same ports."""

    def __init__(self, database_url: str, root_uri: str) -> None:
        self._environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "sdk" / "src"))),
            "LIMNO_DATABASE_URL": database_url,
            "LIMNO_ROOT_URI": root_uri,
            "LIMNO_QUERY_HTTP_PORT": "0",
            "LIMNO_QUERY_FLIGHT_PORT": "0",
            "LIMNO_QUERY_DRAIN_SECONDS_MAX": "0.2",
        }

    def start(self) -> dict[str, str]:
        """Start it; return where it listens, which is the same the next time."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "query_engine"],
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        lines = [self.process.stdout.readline().strip() for _ in range(2)]
        uris = dict(line.split("=", 1) for line in lines)
        for door, uri in uris.items():
            self._environ[f"LIMNO_QUERY_{door.upper()}_PORT"] = uri.rpartition(":")[2]
        return uris

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process.stdout.close()


DIGITS = " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10))
HUGE = f"WITH d AS ({DIGITS}) SELECT a.n FROM " + ", ".join(f"d AS {name}" for name in "abcdefgh")


@pytest.mark.slow
@pytest.mark.parametrize("door", ["flight", "http"])
def test_a_restart_is_waited_out_before_the_first_row_and_told_after_it(
    door: str, database_url: str, tmp_path: Path
) -> None:
    """
    What was asked meanwhile is answered; what had begun is an error, never a part or rows twice.
    """
    service = Service(database_url, (tmp_path / "lake").as_uri())
    uri = service.start()[door]
    try:
        with limnograph.connect(uri, retry_seconds=90) as lake:
            assert lake.query("SELECT 1 AS one").scalar() == 1
            begun = lake.query(HUGE)
            service.stop()
            with pytest.raises(QueryError):
                list(begun)
            starter = threading.Timer(0.5, service.start)
            starter.start()
            assert lake.query("SELECT 2 AS two").scalar() == 2
            starter.join()
    finally:
        service.stop()
