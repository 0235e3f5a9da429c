"""A Flight door over tables in memory, and a plain pyarrow client of it."""

import sys
from collections.abc import Iterator

import pyarrow.flight as fl
import pytest

from query_engine.flight.request import Engine
from query_engine.flight.server import FlightDoor
from query_engine.service import QueryService


@pytest.fixture
def engine(service: QueryService) -> Engine:
    """Return what stands behind the door."""
    return Engine(service)


@pytest.fixture
def door(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlightDoor]:
    """Return a Flight door, in a process that keeps tracebacks to itself."""
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)
    opened = FlightDoor(engine, "127.0.0.1", 0)
    yield opened
    opened.shutdown()


@pytest.fixture
def client(door: FlightDoor) -> Iterator[fl.FlightClient]:
    """Return a client of the door."""
    with fl.connect(f"grpc://127.0.0.1:{door.port}") as connected:
        yield connected
