"""Servers that fork or spawn workers: gunicorn with and without --preload, uvicorn --workers."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sdk.peer import Peer
from tests.sdk.programs import wait_until

pytestmark = pytest.mark.slow

WORKERS = 2

WSGI = """
import os
import limnograph
limnograph.init("web", flush_interval_s=3600)
limnograph.log.info("loaded in %d", os.getpid())

def app(environ, respond):
    limnograph.log.info("answered by %d", os.getpid())
    respond("200 OK", [("Content-Type", "text/plain"), ("Connection", "close")])
    return [str(os.getpid()).encode()]
"""

ASGI = """
import os
import limnograph
limnograph.init("web", flush_interval_s=3600)

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    limnograph.log.info("answered by %d", os.getpid())
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(command: list[str], code: str, peer: Peer, folder: Path) -> Iterator[str]:
    """Run a server of the application in *code*; it is ended by SIGTERM, as by a supervisor."""
    (folder / "web.py").write_text(textwrap.dedent(code))
    environ = {**os.environ, "LIMNO_INGEST_URI": peer.uri}
    environ["PYTHONPATH"] = os.pathsep.join([str(folder), environ.get("PYTHONPATH", ""), *sys.path])
    port = free_port()
    where = [part.replace("PORT", str(port)) for part in command]
    with (folder / "said").open("w+") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", *where], cwd=folder, env=environ, stdout=said, stderr=said
        )
        try:
            wait_until(lambda: server.poll() is not None or answers(port), "the server to answer")
            assert server.poll() is None, (folder / "said").read_text()
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    text = (folder / "said").read_text()
    assert "Traceback" not in text, text
    assert "limnograph:" not in text, text


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def ask_until_all_answered(url: str) -> list[str]:
    """Return who answered each request; every worker did at least once."""
    found: list[str] = []

    def everyone() -> bool:
        with urllib.request.urlopen(url, timeout=30) as answer:
            found.append(answer.read().decode())
        return len(set(found)) == WORKERS

    wait_until(everyone, "every worker to answer")
    return found


def check_workers(peer: Peer, answered: list[str]) -> None:
    """Every answer was recorded, each by a process of its own that says which it is."""
    rows = [row for row in peer.rows("log") if row["msg"].startswith("answered")]
    assert sorted(row["msg"] for row in rows) == sorted(f"answered by {pid}" for pid in answered)
    for row in rows:
        process = peer.processes[row["block"].process_id]
        assert row["msg"] == f"answered by {process.properties['pid']}"
    assert len({row["block"].process_id for row in rows}) == WORKERS
    assert not [row for row in peer.rows("log") if row["level"] == 1]


@pytest.mark.parametrize("kind", ["sync", "gthread"])
@pytest.mark.parametrize("preload", [True, False])
def test_every_worker_of_gunicorn_records(
    peer: Peer, tmp_path: Path, state_dir: Path, preload: bool, kind: str
) -> None:
    """
    Each is a process in the lake and sends what it has at its end; nothing is left over.
    """
    command = ["gunicorn", "-w", str(WORKERS), "-k", kind, "-b", "127.0.0.1:PORT", "web:app"]
    with serving(command + ["--preload"] * preload, WSGI, peer, tmp_path) as url:
        answered = ask_until_all_answered(url)
    check_workers(peer, answered)
    loads = [row for row in peer.rows("log") if row["msg"].startswith("loaded")]
    assert len(loads) == (1 if preload else WORKERS)
    if preload:
        parents = {peer.processes[i].parent_process_id for i in peer.processes}
        assert parents == {None, loads[0]["block"].process_id}
    assert list(state_dir.rglob("lock")) == []


def test_every_worker_of_uvicorn_records(peer: Peer, tmp_path: Path, state_dir: Path) -> None:
    """
    Its workers are spawned: each imports the application and begins by itself.
    """
    command = ["uvicorn", "--workers", str(WORKERS), "--port", "PORT", "web:app"]
    with serving(command, ASGI, peer, tmp_path) as url:
        answered = ask_until_all_answered(url)
    check_workers(peer, answered)
    assert list(state_dir.rglob("lock")) == []


def test_a_worker_that_is_killed_is_recovered_by_the_next(peer: Peer, tmp_path: Path) -> None:
    """
    gunicorn starts another in its place, and that one tells the end of the first.
    """
    command = ["gunicorn", "-w", "1", "--preload", "-b", "127.0.0.1:PORT", "web:app"]
    with serving(command, WSGI, peer, tmp_path) as url:
        with urllib.request.urlopen(url, timeout=30) as answer:
            first = int(answer.read())
        os.kill(first, signal.SIGKILL)

        def ends() -> list[str]:
            return [row["properties"].get("process.pid", "") for row in peer.rows("log")]

        def told() -> bool:
            with urllib.request.urlopen(url, timeout=30):
                return str(first) in ends()

        wait_until(told, "the end of the killed worker")
