"""Dagster's three processes as `limnod up` sets them up, and the questions that the UI asks."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from stack.dagster_home import DATABASE_VARIABLE, sqlalchemy_url, write_dagster_home
from stack.ports import free_port, is_free

ROOT = Path(__file__).resolve().parents[2]
STOP_TIMEOUT_S = 20.0


class DagsterProcesses:
    """What is running: answers GraphQL at ``url``."""

    def __init__(self, url: str, logs: Path) -> None:
        self.url = url
        self.logs = logs

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the data of a GraphQL answer."""
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql", json=body, timeout=30).json()
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])

    def wait_for(self, what: str, check: Callable[[], object], timeout_s: float) -> Any:
        """Return the first true answer of *check*; on time-out show what the processes printed."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if found := check():
                    return found
            except httpx.TransportError:
                pass  # it is starting
            time.sleep(0.5)
        tails = [f"{log.name}:\n{log.read_text()[-3000:]}" for log in self.logs.glob("*.log")]
        raise AssertionError(f"waited {timeout_s} s for {what}\n" + "\n".join(tails))


@contextmanager
def dagster_processes(
    home: Path, database_url: str, environment: Mapping[str, str]
) -> Iterator[DagsterProcesses]:
    """Run code server, webserver and daemon with their state in *database_url*."""
    code_port, web_port = free_port(), free_port()
    home.mkdir()
    workspace = str(write_dagster_home(home, code_port))
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        DATABASE_VARIABLE: sqlalchemy_url(database_url),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk/src'}",
        **environment,
    }
    code = ["-m", "stack.code_server", str(code_port)]
    web = ["-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(web_port), "-w", workspace]
    daemon = ["-m", "dagster._daemon", "run", "-w", workspace]
    running = DagsterProcesses(f"http://127.0.0.1:{web_port}", home)
    with ExitStack() as stack:
        stack.enter_context(_running(code, home / "code.log", environment))
        running.wait_for("the code server", lambda: not is_free(code_port), 60)
        stack.enter_context(_running(web, home / "web.log", environment))
        running.wait_for("the code location", lambda: _loaded(running), 90)
        stack.enter_context(_running(daemon, home / "daemon.log", environment))
        yield running


def _loaded(running: DagsterProcesses) -> bool:
    query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
    return bool(running.ask(query)["repositoriesOrError"].get("nodes"))


@contextmanager
def _running(arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=dict(environment),
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
