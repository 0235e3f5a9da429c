"""
All rows of the table to each client of each door, in turns with a bare Flight server.

Before each turn nothing runs but the servers, which wait; the turns of one round follow each other,
so that what else the machine does meets all alike. The fastest wall time of the rounds counts, and
the mean of the CPU times.
"""

import resource
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import mean

from benchmarks.doors.clients import COMPRESSED, FLIGHT, HTTP, Ask, Connect
from benchmarks.doors.programs import Program, program
from benchmarks.doors.table import Stored
from benchmarks.report_lines import Line, emit

SQL = "SELECT * FROM events"
BARE = "bare"
BARE_CLIENTS = ("pyarrow", "adbc")
PEER = "a bare pyarrow.flight server with the table in memory"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one reading of the table took, in seconds: on the clock, and of CPU by whom."""

    wall: float
    service: float
    workers: float
    client: float

    @property
    def server(self) -> float:
        """CPU seconds of the service and its workers."""
        return self.service + self.workers


@dataclass(frozen=True, slots=True)
class Way:
    """One client of one door of a server."""

    name: str
    server: Program
    ask: Ask


def main(rows: int, rounds: int) -> None:
    """Measure and print."""
    stored = Stored.of(rows)
    size = stored.load().nbytes
    with ways(stored) as opened:
        turns: dict[str, list[Turn]] = {way.name: [] for way in opened}
        for _ in range(rounds):
            for way in opened:
                turns[way.name].append(turn(way, rows))
    found_of = {name: summary(of) for name, of in turns.items()}
    bare = {client: found_of.pop(f"{BARE}.{client}") for client in BARE_CLIENTS}
    for name, found in found_of.items():
        peer = bare["adbc" if name.endswith(".adbc") else "pyarrow"]
        for line in lines(name, found, peer, size):
            emit(line)


@contextmanager
def ways(stored: Stored) -> Iterator[list[Way]]:
    """Start the servers and connect every client to the doors that it speaks to."""
    with ExitStack() as opened:
        bare = opened.enter_context(program("benchmarks.doors.bare_server", stored.rows))
        found = []
        for name in BARE_CLIENTS:
            ask = opened.enter_context(FLIGHT[name](bare.ports[0]))
            found.append(Way(f"{BARE}.{name}", bare, ask))
        for kind in ("arrow", "delta"):
            ours = opened.enter_context(program("benchmarks.doors.our_server", kind, stored.rows))
            flight, http = ours.ports
            clients: Mapping[str, Connect]
            over_http = HTTP | COMPRESSED if kind == "arrow" else HTTP
            for door, port, clients in (("flight", flight, FLIGHT), ("http", http, over_http)):
                for name, connect in clients.items():
                    ask = opened.enter_context(connect(port))
                    found.append(Way(f"{kind}.{door}.{name}", ours, ask))
        yield found


def turn(way: Way, rows: int) -> Turn:
    """Read the whole table once."""
    before, client = way.server.cpu_s(), _own_cpu_s()
    begun = time.perf_counter()
    count = sum(batch.num_rows for batch in way.ask(SQL))
    wall = time.perf_counter() - begun
    assert count == rows, f"{way.name}: {count} rows came"
    after = way.server.cpu_s()
    return Turn(wall, after[0] - before[0], after[1] - before[1], _own_cpu_s() - client)


def summary(turns: list[Turn]) -> Turn:
    """Return the least time on the clock and the means of the CPU times."""
    return Turn(
        min(turn.wall for turn in turns),
        mean(turn.service for turn in turns),
        mean(turn.workers for turn in turns),
        mean(turn.client for turn in turns),
    )


def lines(name: str, ours: Turn, bare: Turn, size: int) -> Iterator[Line]:
    """Return the lines of one way."""
    gigabytes = size / 1e9
    yield Line(
        name=f"doors.stream.{name}",
        value=ours.wall / gigabytes,
        unit="s/GB",
        peer=PEER,
        peer_value=bare.wall / gigabytes,
        conditions={
            "megabytes_per_s": round(size / 1e6 / ours.wall),
            "bare_megabytes_per_s": round(size / 1e6 / bare.wall),
        },
    )
    yield Line(
        name=f"doors.server_cpu.{name}",
        value=ours.server / gigabytes,
        unit="CPU s/GB",
        peer=PEER,
        peer_value=bare.server / gigabytes,
        conditions={
            "service": round(ours.service / gigabytes, 3),
            "workers": round(ours.workers / gigabytes, 3),
            "client": round(ours.client / gigabytes, 3),
            "bare_client": round(bare.client / gigabytes, 3),
        },
    )


def _own_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
