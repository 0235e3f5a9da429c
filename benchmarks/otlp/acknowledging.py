"""
CPU per record from an OTLP request to its durable answer, Postgres included, over HTTP.

What sending takes is measured apart: it is no part of the figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.ingest import peer
from benchmarks.otlp import traffic
from benchmarks.otlp.sending import CONNECTIONS, bodies, sent
from benchmarks.report_lines import Line, Spent
from benchmarks.scratch_lake import scratch_lake

WARM_UP = 8
PODS = 1_000
PEER = "FastAPI, one fsynced file a request"


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of one shape; *records* is what all of them hold."""

    name: str
    signal: str
    bodies: list[bytes]
    warm_up: list[bytes]
    records: int


def loads(requests: int) -> Iterator[Load]:
    """Yield batches of one process each, and what a collector of many pods sends."""
    for signal in ("logs", "traces", "metrics"):
        yield Load(
            f"{signal} acknowledged", signal, bodies(signal, requests),
            bodies(signal, WARM_UP, "warm up"), requests * traffic.BATCH,
        )  # fmt: skip
    shape = {"resources": PODS, "batch": 1}
    count = max(1, requests // 10)
    yield Load(
        f"logs of {PODS} processes a request acknowledged", "logs",
        bodies("logs", count, **shape), bodies("logs", 1, "warm up", **shape), count * PODS,
    )  # fmt: skip


def lines(requests: int) -> Iterator[Line]:
    """Send each load to our receiver and to the peer."""
    with scratch_lake() as lake:
        given = list(loads(requests))
        with lake.ingest() as service:
            ours = [
                sent(service, lake, f"/v1/{load.signal}", load.bodies, load.warm_up)
                for load in given
            ]
        with peer(lake, "bare_receiver") as service:
            bare = [sent(service, lake, "/v1/blocks", load.bodies, load.warm_up) for load in given]
    for load, spent, peer_spent in zip(given, ours, bare, strict=True):
        cpu, peer_cpu = received_s(spent), received_s(peer_spent)
        yield Line(
            name=f"otlp.{load.name}", value=1e6 * cpu / load.records, unit="CPU us per record",
            peer=PEER, peer_value=1e6 * peer_cpu / load.records,
            conditions={
                "records_per_cpu_s": round(load.records / cpu),
                "records_per_s": round(load.records / spent.wall_s),
                "receiver_us_per_record": round(1e6 * spent.cpu_s["receiver"] / load.records, 2),
                "postgres_us_per_record": round(1e6 * spent.cpu_s["postgres"] / load.records, 2),
                "sender_us_per_record": round(1e6 * spent.cpu_s["sender"] / load.records, 2),
                "records_per_request": load.records // len(load.bodies),
                "bytes_per_record": round(sum(map(len, load.bodies)) / load.records),
                "connections": CONNECTIONS,
            },
        )  # fmt: skip


def received_s(spent: Spent) -> float:
    """Return the CPU seconds of the receiver and of Postgres."""
    return spent.cpu_s["receiver"] + spent.cpu_s["postgres"]
