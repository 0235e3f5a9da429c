"""
What stays behind in memory: after thousands of small queries, and of streams left half-way.

The queries are of all kinds, through both doors: right ones, wrong ones, some rows. A stream is
left after its first batch, which ends its worker process. Memory is the resident one of the service
and of all its workers, looked at while nothing runs.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pyarrow as pa
import requests

from benchmarks.doors.clients import Ask, plain_http, pyarrow_flight
from benchmarks.doors.programs import Program, program
from benchmarks.report_lines import Line, emit

TABLE_ROWS = 1_000_000
CALM_S = 0.5
"""How long the service has nothing to do before its memory is looked at."""

QUERIES = (
    "SELECT 1",
    "SELECT * FROM events LIMIT 1000",
    "SELECT nothing FROM events",
    "SELECT name, count(*) AS n, max(request) AS last FROM events GROUP BY name",
)
ALL = "SELECT * FROM events"
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """Memory after so many, in bytes."""

    after: int
    service: int
    workers: int


def main(queries: int, streams: int) -> None:
    """Measure and print."""
    for name, count, do in (("queries", queries, some_query), ("left_streams", streams, left)):
        with served() as (server, asks):
            looks = watched(server, count, asks, do)
        for line in lines(name, looks):
            emit(line)


@contextmanager
def served() -> Iterator[tuple[Program, list[Ask]]]:
    """Start our service, and connect to both doors."""
    with ExitStack() as opened:
        server = opened.enter_context(program("benchmarks.doors.our_server", "arrow", TABLE_ROWS))
        flight, http = server.ports
        yield (
            server,
            [
                opened.enter_context(pyarrow_flight(flight)),
                opened.enter_context(plain_http()(http)),
            ],
        )


def watched(
    server: Program,
    count: int,
    asks: Sequence[Ask],
    do: Callable[[Ask, int], None],
    looks: int = 20,
) -> list[Look]:
    """Do something so often, with each client in turn; look at the memory so often meanwhile."""
    found = []
    for at in range(count):
        do(asks[at % len(asks)], at)
        if (at + 1) % max(1, count // looks) == 0:
            time.sleep(CALM_S)
            found.append(Look(at + 1, *server.memory_bytes()))
    return found


def some_query(ask: Ask, at: int) -> None:
    """Ask the next of the queries; one of them is wrong on purpose."""
    with contextlib.suppress(pa.ArrowException, requests.HTTPError):
        for _ in ask(QUERIES[at // 2 % len(QUERIES)]):
            pass


def left(ask: Ask, at: int) -> None:
    """Read the first batch of a large result and leave."""
    del at
    batches = ask(ALL)
    assert next(batches).num_rows
    batches.close()  # type: ignore[attr-defined]


def lines(name: str, looks: list[Look]) -> Iterator[Line]:
    """Return the memory at the end beside that after the first tenth."""
    early, end = looks[max(0, len(looks) // 10 - 1)], looks[-1]
    for who in ("service", "workers"):
        yield Line(
            name=f"doors.memory.{name}.{who}",
            value=getattr(end, who) / MIB,
            unit="MiB",
            peer=f"itself after {early.after}",
            peer_value=getattr(early, who) / MIB,
            conditions={
                "count": end.after,
                "bytes_each": round(slope([(look.after, getattr(look, who)) for look in looks])),
            },
        )


def slope(points: list[tuple[int, int]]) -> float:
    """Return the slope of the line through points that fits best, the first tenth left out."""
    points = points[len(points) // 10 :]
    xs, ys = zip(*points, strict=True)
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
