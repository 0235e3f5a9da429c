"""The query service's real doors over tables in memory, for the client to ask."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import uvicorn
from polars.io.plugins import register_io_source

import limnograph
from limnograph.client import Client
from query_engine.flight.request import Engine
from query_engine.flight.server import FlightDoor
from query_engine.http.app import create_app
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.memory import MemoryTables
from query_engine.workers.pool import WorkerPool


class Gate:
    """Something that rows in another process wait for: a file that is there once it is open."""

    def __init__(self, path: Path) -> None:
        def wait() -> None:
            while not path.exists():
                time.sleep(0.01)

        self._path, self.wait = path, wait

    def set(self) -> None:
        """Open it."""
        self._path.touch()


def gated(wait: Callable[[], None]) -> pl.LazyFrame:
    """Return three rows that come one by one, each once the gate is open."""

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        for number in range(3):
            wait()
            yield pl.DataFrame({"n": pl.Series([number], dtype=pl.Int64)})

    return register_io_source(source, schema=pl.Schema({"n": pl.Int64()}))


TIME = pl.Series("t", [1_700_000_000_123_456_789, 1_700_000_001_000_000_000]).cast(
    pl.Datetime("ns", "UTC")
)
TABLES = {
    "numbers": pl.LazyFrame({"n": range(10), "name": [f"n{i}" for i in range(10)]}),
    "empty": pl.LazyFrame(schema={"t": pl.Datetime("ns", "UTC"), "s": pl.String()}),
    "bad": pl.LazyFrame({"s": ["1", "x"]}).select(pl.col("s").cast(pl.Int64)),
    "many": pl.LazyFrame({"n": range(1000)}).join(pl.LazyFrame({"m": range(2000)}), how="cross"),
    "kinds": pl.LazyFrame(
        {
            "t": TIME,
            "f": [0.5, float("nan")],
            "b": [True, None],
            "s": ['a,\n"b"', "x" * 200],
            "d": [datetime(2026, 1, 31, tzinfo=UTC).date(), None],
        }
    ).with_columns(l=pl.when("b").then(pl.concat_list("t")).otherwise([])),
}


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """The gate that the rows of the table ``gated`` wait for, closed."""
    return Gate(tmp_path / "gate")


@pytest.fixture
def service(
    monkeypatch: pytest.MonkeyPatch, workers: WorkerPool, gate: Gate
) -> Iterator[QueryService]:
    """The engine, over tables in memory."""
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)
    monkeypatch.delenv("LIMNO_QUERY_URI", raising=False)
    settings = QuerySettings(http_port=0, flight_port=0)
    made = QueryService(
        MemoryTables({**TABLES, "gated": gated(gate.wait)}), settings, QueryMetrics(), workers
    )
    yield made
    made.close(0)


@pytest.fixture
def flight_uri(service: QueryService) -> Iterator[str]:
    """Address of the Flight door."""
    door = FlightDoor(Engine(service), "127.0.0.1", 0)
    yield f"grpc://127.0.0.1:{door.port}"
    door.shutdown()


@pytest.fixture
def http_uri(service: QueryService) -> Iterator[str]:
    """Address of the HTTP door."""
    app = create_app(service, QuerySettings(http_port=0, flight_port=0), (), lambda: None)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(params=["flight_uri", "http_uri"])
def lake(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client, over each door in turn."""
    with limnograph.connect(request.getfixturevalue(request.param)) as client:
        yield client
