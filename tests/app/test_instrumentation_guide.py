"""The guide for a FastAPI application, done as it says by somebody who copies every block."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from stack.ports import free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sdk" / "fastapi.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CURL = re.compile(r"curl (?:-X (\w+) )?'http://127\.0\.0\.1:8000(.*?)'")
SECONDS_MAX = 60


def blocks(language: str) -> list[str]:
    """Return the page's blocks of a language."""
    return [text for found, text in BLOCK.findall(PAGE.read_text()) if found == language]


@contextmanager
def application(folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """Run the page's program with the page's command; yields its address."""
    (code,) = blocks("python")
    (folder / "shop.py").write_text(code)
    (command,) = (text.strip() for text in blocks("sh") if text.startswith("uvicorn"))
    port = free_port()
    words = shlex.split(command.replace("8000", str(port)))
    with subprocess.Popen([sys.executable, "-m", *words], cwd=folder, env=environ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health", process)
            yield address
        finally:
            process.terminate()
            process.wait(SECONDS_MAX)


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return when the application answers."""
    deadline = time.monotonic() + SECONDS_MAX
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the application did not start")


def answers(environ: Mapping[str, str], folder: Path) -> list[str]:
    """Run the page's questions as they stand there, as CSV; returns what each printed."""
    shim = folder / "limno"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m limnograph.cli "$@"\n')
    shim.chmod(0o755)
    found = []
    for text in blocks("sh"):
        if "limno query" not in text:
            continue
        done = subprocess.run(
            ["bash", "-euc", f"{text.rstrip()} --format csv"],
            env={**environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )
        assert done.returncode == 0 or "not a process id" in done.stderr, done.stderr
        found.append(done.stdout)
    return found


def arrived(environ: Mapping[str, str], folder: Path) -> list[str]:
    """Ask until the last request is in the answers: what is recorded is sent each second."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        *_, spans = answers(environ, folder)
        if spans.count("charge card") == 3 or time.monotonic() > deadline:
            return answers(environ, folder)  # what was asked first may have been asked too early


def test_who_follows_the_guide_sees_requests_logs_metrics_and_spans(
    services: dict[str, str], tmp_path: Path
) -> None:
    """
    Block after block: the program, its start, the requests, the questions.
    """
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LIMNO_")},
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "LIMNO_INGEST_URI": services["ingest"],
        "LIMNO_QUERY_URI": services["flight"],
        "LIMNO_STATE_DIR": str(tmp_path / "state"),
    }
    with application(tmp_path, environ) as address:
        (commands,) = (text for text in blocks("sh") if text.startswith("curl"))
        statuses = [
            httpx.request(method or "GET", address + path).status_code
            for method, path in CURL.findall(commands)
        ]
        assert statuses == [200, 200, 402, 200]
        logs, measures, spans = arrived(environ, tmp_path)
    assert logs.splitlines() == [
        "msg,order_id",
        "order of 3 items,o-1",
        "order of 1 items,o-2",
        "order of 20 items,o-3",
    ]
    assert measures.splitlines()[1:] == ["order.value,EUR,50.0", "orders,1,2.0"]
    assert spans.splitlines()[1:] == [
        "POST /orders/{order},200,charge card,OK,37.5",
        "POST /orders/{order},200,charge card,OK,12.5",
        "POST /orders/{order},402,charge card,ERROR,250.0",
    ]
