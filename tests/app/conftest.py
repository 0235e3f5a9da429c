"""Real service processes on a lake of their own, and the addresses that they print."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import limnograph


def started(module: str, environ: dict[str, str], marks: dict[str, str]) -> tuple[object, dict]:
    """Start ``python -m module`` and read the addresses that it prints after these marks."""
    process = subprocess.Popen(
        [sys.executable, "-m", module], env=environ, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        for name, mark in marks.items():
            if mark in line:
                found[name] = line.split(mark, 1)[1].strip()
        if len(found) == len(marks):
            return process, found
    raise AssertionError(f"{module} ended with {process.wait()}")


Services = Callable[..., dict[str, str]]


@pytest.fixture
def start_services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    """
    Return what starts a receiver (ingest) and a query service (http, flight), and tells where.

    Whether the query service sends telemetry of its own to the receiver is its one argument.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LIMNO_")}
    environ |= {
        "LIMNO_DATABASE_URL": database_url,
        "LIMNO_ROOT_URI": (tmp_path / "lake").as_uri(),
        "LIMNO_INGEST_PORT": "0",
        "LIMNO_QUERY_HTTP_PORT": "0",
        "LIMNO_QUERY_FLIGHT_PORT": "0",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    with ExitStack() as running:

        def start(*, telemetry: bool = False) -> dict[str, str]:
            addresses: dict[str, str] = {}
            for module, marks in (
                ("ingest_api", {"ingest": "receiver on "}),
                ("query_engine", {"http": "http=", "flight": "flight="}),
            ):
                to = {"LIMNO_QUERY_TELEMETRY_URI": addresses.get("ingest", "") if telemetry else ""}
                process, found = started(module, environ | to, marks)
                running.callback(process.wait, 30)
                running.callback(process.stdout.close)
                running.callback(process.terminate)
                addresses |= found
            return addresses

        yield start
        limnograph.shutdown(5)


@pytest.fixture
def services(start_services: Services) -> dict[str, str]:
    """Addresses of a running receiver (ingest) and query service (http, flight)."""
    return start_services()
