"""The three services as processes of their own, each knowing where the next one is."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import httpx

START_S_MAX = 60.0
STOP_S_MAX = 60.0
CHAIN = ("payment", "cart", "frontend")
"""In the order of their start: each calls the one before."""


@contextmanager
def open_shop() -> Iterator[str]:
    """Run the shop; yields the address of its frontend. At the end everything has been sent."""
    environ = dict(os.environ)
    with ExitStack() as services:
        url = ""
        for service in CHAIN:
            url = services.enter_context(running(service, environ))
            environ[f"{service.upper()}_URL"] = url
        yield url


@contextmanager
def running(service: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Run one service; yields its address."""
    url = f"http://127.0.0.1:{_free_port()}"
    port = url.rpartition(":")[2]
    command = [sys.executable, "-m", "uvicorn", "--factory", "--port", port, "--log-level", "error"]
    with subprocess.Popen(
        [*command, f"examples.otel_shop.{service}:application"], env=environ
    ) as process:
        try:
            _wait_for(f"{url}/health", process)
            yield url
        finally:
            process.terminate()
            process.wait(STOP_S_MAX)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S_MAX
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"the shop did not start: {process.args!r} ended with {process.poll()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
