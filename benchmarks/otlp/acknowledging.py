"""CPU per record from an OTLP request to its durable answer, Postgres included, over HTTP."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.ingest import peer
from benchmarks.otlp import traffic
from benchmarks.report_lines import Line, Spent, measured
from benchmarks.scratch_lake import ScratchLake, Service, scratch_lake

CONNECTIONS = 8
WARM_UP = 8
PEER = "FastAPI, one fsynced file a request"
SIGNALS = {
    "logs": (traffic.logs, ExportLogsServiceRequest, "resource_logs"),
    "traces": (traffic.spans, ExportTraceServiceRequest, "resource_spans"),
    "metrics": (traffic.metrics, ExportMetricsServiceRequest, "resource_metrics"),
}


def lines(requests: int) -> Iterator[Line]:
    """Send each signal's requests to our receiver and to the peer."""
    with scratch_lake() as lake:
        loads = {signal: bodies(signal, WARM_UP + requests) for signal in SIGNALS}
        with lake.ingest() as service:
            ours = {
                signal: sent(service, lake, f"/v1/{signal}", load) for signal, load in loads.items()
            }
        with peer(lake, "bare_receiver") as service:
            bare = {
                signal: sent(service, lake, "/v1/blocks", load) for signal, load in loads.items()
            }
    records = requests * traffic.BATCH
    for signal in SIGNALS:
        cpu, peer_cpu = (sum(spent[signal].cpu_s.values()) for spent in (ours, bare))
        yield Line(
            name=f"otlp.{signal} acknowledged", value=1e6 * cpu / records,
            unit="CPU us per record", peer=PEER, peer_value=1e6 * peer_cpu / records,
            conditions={
                "records_per_cpu_s": round(records / cpu),
                "records_per_s": round(records / ours[signal].wall_s),
                "records_per_request": traffic.BATCH,
                "connections": CONNECTIONS,
            },
        )  # fmt: skip


def bodies(signal: str, count: int) -> list[bytes]:
    """Return requests of one resource each."""
    make, request, member = SIGNALS[signal]
    found = []
    for number in range(count):
        message = make(random.Random(f"{signal} {number}"), number)
        message.resource.attributes.add(key="service.name").value.string_value = "shop"
        found.append(request(**{member: [message]}).SerializeToString())
    return found


def sent(service: Service, lake: ScratchLake, path: str, load: Sequence[bytes]) -> Spent:
    """Warm the service up, then measure it under the load."""
    headers = {"Content-Type": "application/x-protobuf"}
    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(CONNECTIONS) as threads:

        def post(body: bytes) -> None:
            client.post(service.url + path, content=body, headers=headers).raise_for_status()

        list(threads.map(post, load[:WARM_UP]))
        with measured(receiver=service.process, postgres=lake.postgres) as spent:
            list(threads.map(post, load[WARM_UP:]))
    return spent
