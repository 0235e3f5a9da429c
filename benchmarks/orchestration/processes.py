"""Dagster's three processes as `limnod up` sets them up, to be measured, asked, and killed."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from stack.dagster_home import DATABASE_VARIABLE, patience, sqlalchemy_url, write_dagster_home
from stack.ports import is_free

ROOT = Path(__file__).resolve().parents[2]
STOP_TIMEOUT_S = 20.0
BELOW_EPHEMERAL = (20_000, 32_000)
START_S = 300.0
POLL_S = 0.5

CODE, WEB, DAEMON = "code", "web", "daemon"
LAKE_SERVER = "stack.code_server"


class Part:
    """One of the processes; what it prints is kept in a file, over all its starts."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._arguments = [sys.executable, *arguments]
        self._log = log
        self._environment = dict(environment)
        self._started: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> psutil.Process:
        """The process that runs now."""
        assert self._started is not None, "start() comes first"
        return psutil.Process(self._started.pid)

    def start(self) -> None:
        """Start it; it need not be ready when this returns."""
        with self._log.open("ab") as output:
            self._started = subprocess.Popen(
                self._arguments,
                env=self._environment,
                cwd=self._log.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; what it started is left to itself."""
        assert self._started is not None, "start() comes first"
        self._started.kill()
        self._started.wait()

    def stop(self) -> None:
        """Ask it to end, and kill it if it does not."""
        if self._started is None:
            return
        self._started.terminate()
        try:
            self._started.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()


class DagsterProcesses:
    """What is running: answers GraphQL at ``url``."""

    def __init__(self, url: str, logs: Path, code_port: int, parts: Mapping[str, Part]) -> None:
        self.url = url
        self.logs = logs
        self.parts = parts
        self._code_port = code_port

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the data of a GraphQL answer."""
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql", json=body, timeout=30).json()
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])

    def wait_for(
        self, what: str, check: Callable[[], object], timeout_s: float, poll_s: float = POLL_S
    ) -> Any:
        """Return the first true answer of *check*; on time-out show what the processes printed."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if found := check():
                    return found
            except httpx.TransportError:
                pass  # it is starting
            time.sleep(poll_s)
        tails = [f"{log.name}:\n{log.read_text()[-3000:]}" for log in self.logs.glob("*.log")]
        raise AssertionError(f"waited {timeout_s} s for {what}\n" + "\n".join(tails))

    def start_code_server(self) -> None:
        """Start the code server, and wait until it listens."""
        self.parts[CODE].start()
        self.wait_for("the code server", lambda: not is_free(self._code_port), START_S, 0.05)

    def wait_until_loaded(self) -> None:
        """Wait until the UI shows what the code server knows."""
        self.wait_for("the code location", self._loaded, START_S, 0.1)

    def _loaded(self) -> bool:
        query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
        return bool(self.ask(query)["repositoriesOrError"].get("nodes"))


@contextmanager
def dagster_processes(
    home: Path,
    database_url: str,
    environment: Mapping[str, str],
    code_server: str = LAKE_SERVER,
) -> Iterator[DagsterProcesses]:
    """
    Run code server, webserver and daemon.

    Args:
        home: Dagster's folder, made here.
        database_url: Where Dagster keeps its state.
        environment: What they find besides ours.
        code_server: The module that is given a port and serves definitions there.
    """
    code_port, web_port = _port(), _port()
    home.mkdir()
    workspace = str(write_dagster_home(home, code_port))
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        DATABASE_VARIABLE: sqlalchemy_url(database_url),
        **patience(),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk/src'}",
        **environment,
    }
    commands = {
        CODE: ["-m", code_server, str(code_port)],
        WEB: ["-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(web_port), "-w", workspace],
        DAEMON: ["-m", "dagster._daemon", "run", "-w", workspace],
    }
    parts = {
        name: Part(command, home / f"{name}.log", environment) for name, command in commands.items()
    }
    running = DagsterProcesses(f"http://127.0.0.1:{web_port}", home, code_port, parts)
    with ExitStack() as stack:
        stack.callback(parts[CODE].stop)
        running.start_code_server()
        for name in (WEB, DAEMON):
            parts[name].start()
            stack.callback(parts[name].stop)
        running.wait_until_loaded()
        yield running


def _port() -> int:
    """
    Return a free port that no outgoing connection gets either: it is bound only seconds later.
    """
    while True:
        port = random.randrange(*BELOW_EPHEMERAL)
        if is_free(port):
            return port
