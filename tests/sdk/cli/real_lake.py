"""A receiver and a query service over a lake of their own, with this process's events in it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import limnograph
from tests.app.processes import lake_environ, start


class QueryService:
    """A query service of its own that can be started again at the same address."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ, self._running = environ, ExitStack()
        found = start("query_engine", environ, self._running)
        self.flight, self.http = found["flight"], found["http"]

    def stop(self) -> None:
        """End it as an operator does."""
        self._running.close()

    def start_again(self) -> None:
        """Start it where it was."""
        ports = {
            "LIMNO_QUERY_FLIGHT_PORT": self.flight.rsplit(":", 1)[1],
            "LIMNO_QUERY_HTTP_PORT": self.http.rsplit(":", 1)[1],
        }
        start("query_engine", self._environ | ports, self._running)


@pytest.fixture
def query(database_url: str, tmp_path: Path) -> Iterator[QueryService]:
    """A receiver that gets this process's events, and a query service over the same lake."""
    environ = lake_environ(database_url, tmp_path / "lake")
    with ExitStack() as running:
        found = start("ingest_api", environ, running)
        service = QueryService(environ)
        running.callback(service.stop)
        running.callback(limnograph.shutdown, 5)
        assert limnograph.init("web shop", found["ingest"], level="trace")
        yield service
