"""
How long small answers take: ``SELECT 1``, and a hundred log records of the newest hour.

Ours is the real service on a real lake, with its Postgres; the peer sends rows that it holds. All
clients ask in turns, one question at a time.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.doors.clients import (
    Ask,
    Connect,
    adbc,
    adbc_dbapi,
    our_flight,
    our_http,
    plain_http,
    pyarrow_flight,
)
from benchmarks.doors.programs import program
from benchmarks.query.observability_lake import day_of_telemetry
from benchmarks.report_lines import Line, emit, percentile
from benchmarks.scratch_lake import ScratchLake, Service

QUESTIONS = {
    "select_1": "SELECT 1",
    "logs": "SELECT time, level, target, msg FROM log_entries ORDER BY time DESC LIMIT 100",
}
ROWS = {"select_1": 1, "logs": 100}
WARM_UP = 10
PEER = "a bare pyarrow.flight server that holds the rows, asked with pyarrow"
FLIGHT: Mapping[str, Connect] = {
    "pyarrow": pyarrow_flight,
    "ours": our_flight,
    "adbc": adbc,
    "adbc_dbapi": adbc_dbapi,
}
HTTP: Mapping[str, Connect] = {"ours": our_http, "requests": plain_http()}


def main(log_rows: int, trials: int) -> None:
    """Measure and print."""
    with clients(log_rows) as asks:
        for question, sql in QUESTIONS.items():
            seconds: dict[str, list[float]] = {name: [] for name in asks}
            for trial in range(WARM_UP + trials):
                for name, ask in asks.items():
                    took = timed(ask, sql, ROWS[question])
                    if trial >= WARM_UP:
                        seconds[name].append(took)
            bare = seconds.pop("bare")
            for name, ours in seconds.items():
                for percent in (50, 99):
                    emit(line(f"{question}.{name}", ours, bare, percent))


@contextmanager
def clients(log_rows: int) -> Iterator[Mapping[str, Ask]]:
    """Open a lake with so many log records, its service and the peer, and connect everybody."""
    with ExitStack() as opened:
        service = opened.enter_context(query_service(log_rows))
        bare = opened.enter_context(program("benchmarks.doors.bare_server", 100_000))
        asks = {"bare": opened.enter_context(pyarrow_flight(bare.ports[0]))}
        for door, connects in (("flight", FLIGHT), ("http", HTTP)):
            for name, connect in connects.items():
                asks[f"{door}.{name}"] = opened.enter_context(connect(service.ports[door]))
        yield asks


@contextmanager
def query_service(log_rows: int) -> Iterator[Service]:
    """Run the query service on a lake with a day of telemetry."""
    with day_of_telemetry(log_rows) as day, TemporaryDirectory() as folder:
        lake = ScratchLake(Path(folder), day.settings, psutil.Process())
        with lake.query() as service:
            yield service


def timed(ask: Ask, sql: str, rows: int) -> float:
    """Return the seconds until the last row has come."""
    begun = time.perf_counter()
    count = sum(batch.num_rows for batch in ask(sql))
    seconds = time.perf_counter() - begun
    assert count == rows, f"{count} rows came"
    return seconds


def line(name: str, ours: Sequence[float], bare: Sequence[float], percent: int) -> Line:
    """Return the line of one client and one percentile."""
    return Line(
        name=f"doors.latency.{name}_p{percent}",
        value=percentile(ours, percent) * 1e3,
        unit="ms",
        peer=PEER,
        peer_value=percentile(bare, percent) * 1e3,
        conditions={"trials": len(ours), "fastest": round(min(ours) * 1e3, 2)},
    )
