"""
What acknowledging events costs: CPU per event and per megabyte of one receiver process.

Two peers get the same bodies. A bare FastAPI application that writes one fsynced file each and does
nothing else: a floor, it checks and records nothing. And the usual design with the same promise as
ours: each block its own object, each request its own transaction.
"""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from benchmarks.report_lines import Line, Spent, arguments, emit, measured, percentile
from benchmarks.scratch_lake import ScratchLake, Service, running, scratch_lake
from benchmarks.shop_traffic import Application, log_payload, metrics_payload
from limnograph.wire.envelope import CONTENT_TYPE
from stack.ports import free_port

ROWS_PER_BLOCK = 1_000
CLIENTS = 16
WARM_UP_REQUESTS = 32
BARE = "FastAPI + one fsynced file per request, nothing else"
PER_BLOCK = "one object and one Postgres row per block, same promise"


@dataclass(frozen=True, slots=True)
class Load:
    """The requests of a run; *events* and *megabytes* are those of all of them."""

    bodies: Sequence[bytes]
    events: int

    @property
    def megabytes(self) -> float:
        """Megabytes on the wire."""
        return sum(map(len, self.bodies)) / 1e6


@dataclass(frozen=True, slots=True)
class Result:
    """What it took to have a load acknowledged."""

    spent: Spent
    latencies_s: Sequence[float]

    @property
    def receiver_s(self) -> float:
        """CPU seconds of the receiver."""
        return self.spent.cpu_s["receiver"]

    @property
    def with_postgres_s(self) -> float:
        """CPU seconds of the receiver and of Postgres."""
        return self.receiver_s + self.spent.cpu_s["postgres"]


def load(requests: int) -> Load:
    """Return requests of sixteen applications, each one log and one metrics block."""
    begin_ns = time.time_ns() - 60 * 1_000_000_000
    pairs = [
        (
            log_payload(ROWS_PER_BLOCK, seed, begin_ns=begin_ns),
            metrics_payload(ROWS_PER_BLOCK, seed, begin_ns=begin_ns),
        )
        for seed in range(CLIENTS)
    ]
    applications = [Application() for _ in range(CLIENTS)]
    bodies = [applications[n % CLIENTS].request(pairs[n % CLIENTS]) for n in range(requests)]
    return Load(bodies, requests * 2 * ROWS_PER_BLOCK)


async def post_all(url: str, bodies: Sequence[bytes]) -> list[float]:
    """Post the bodies over sixteen connections; returns each one's seconds to the answer."""
    waiting = list(reversed(bodies))
    latencies = []
    headers = {"Content-Type": CONTENT_TYPE}

    async def client() -> None:
        async with httpx.AsyncClient(timeout=60) as connection:
            while waiting:
                start = time.perf_counter()
                answer = await connection.post(url, content=waiting.pop(), headers=headers)
                answer.raise_for_status()
                latencies.append(time.perf_counter() - start)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return latencies


def run_against(service: Service, requests: int, lake: ScratchLake) -> Result:
    """Warm the service up, then measure it under the load."""
    url = service.url + "/v1/blocks"
    asyncio.run(post_all(url, load(WARM_UP_REQUESTS).bodies))
    given = load(requests)
    with measured(receiver=service.process, postgres=lake.postgres) as spent:
        latencies = asyncio.run(post_all(url, given.bodies))
    return Result(spent, latencies)


def main() -> None:
    """Measure and print."""
    requests = 200 if arguments(__doc__).quick else 3_000
    with scratch_lake() as lake:
        with lake.ingest() as service:
            ours = run_against(service, requests, lake)
        with peer(lake, "bare_receiver") as service:
            bare = run_against(service, requests, lake)
        with peer(lake, "per_block_receiver", lake.settings.database_url) as service:
            per_block = run_against(service, requests, lake)
    report(load(requests), ours, bare, per_block)


@contextmanager
def peer(lake: ScratchLake, module: str, *arguments_: str) -> Iterator[Service]:
    """Run a peer's program with a folder of its own."""
    port = free_port()
    command = [sys.executable, "-m", f"benchmarks.{module}", str(port), str(lake.folder / module)]
    with running([*command, *arguments_], port, "/ready", {}, lake.folder) as service:
        yield service


def report(given: Load, ours: Result, bare: Result, per_block: Result) -> None:
    """Print receiver CPU per event and megabyte, CPU with Postgres, and latency."""
    own = ours.receiver_s
    conditions = {
        "requests": len(given.bodies),
        "events": given.events,
        "megabytes": round(given.megabytes, 1),
        "clients": CLIENTS,
        "events_per_s_per_core": round(given.events / own),
        "megabytes_per_s_per_core": round(given.megabytes / own, 1),
        "events_per_s_wall": round(given.events / ours.spent.wall_s),
    }

    def line(name: str, unit: str, value: float, peer: str, peer_value: float) -> None:
        emit(
            Line(
                name=name,
                value=value,
                unit=unit,
                peer=peer,
                peer_value=peer_value,
                conditions=conditions,
            )
        )

    per_event, per_megabyte = 1e6 / given.events, 1e3 / given.megabytes
    for name, theirs in ((BARE, bare), (PER_BLOCK, per_block)):
        line("ingest.cpu", "us/event", own * per_event, name, theirs.receiver_s * per_event)
        line(
            "ingest.cpu_of_bytes",
            "ms/MB",
            own * per_megabyte,
            name,
            theirs.receiver_s * per_megabyte,
        )
        both, their_both = ours.with_postgres_s, theirs.with_postgres_s
        line("ingest.cpu_with_postgres", "us/event", both * per_event, name, their_both * per_event)
        for percent in (50, 99):
            own_ms = percentile(ours.latencies_s, percent) * 1e3
            their_ms = percentile(theirs.latencies_s, percent) * 1e3
            line(f"ingest.acknowledged_p{percent}", "ms", own_ms, name, their_ms)


if __name__ == "__main__":
    main()
