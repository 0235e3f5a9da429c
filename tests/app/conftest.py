"""Real service processes on a lake of their own, and the addresses that they print."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import limnograph
from tests.app.processes import SERVICES, lake_environ, start

Services = Callable[..., dict[str, str]]


@pytest.fixture
def start_services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    """
    Return what starts a receiver (ingest) and a query service (http, flight), and tells where.

    Whether the query service sends telemetry of its own to the receiver is its one argument.
    """
    environ = lake_environ(database_url, tmp_path / "lake")
    with ExitStack() as running:

        def start_both(*, telemetry: bool = False) -> dict[str, str]:
            addresses: dict[str, str] = {}
            for module in SERVICES:
                to = {"LIMNO_QUERY_TELEMETRY_URI": addresses.get("ingest", "") if telemetry else ""}
                addresses |= start(module, environ | to, running)
            return addresses

        yield start_both
        limnograph.shutdown(5)


@pytest.fixture
def services(start_services: Services) -> dict[str, str]:
    """Addresses of a running receiver (ingest) and query service (http, flight)."""
    return start_services()
