"""Requests of each signal, and sending them over some connections while the cost is measured."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.otlp import traffic
from benchmarks.report_lines import Spent, measured
from benchmarks.scratch_lake import ScratchLake, Service

CONNECTIONS = 8
SIGNALS = {
    "logs": (traffic.logs, ExportLogsServiceRequest, "resource_logs"),
    "traces": (traffic.spans, ExportTraceServiceRequest, "resource_spans"),
    "metrics": (traffic.metrics, ExportMetricsServiceRequest, "resource_metrics"),
}


def bodies(
    signal: str, count: int, seed: str = "", *, resources: int = 1, batch: int = traffic.BATCH
) -> list[bytes]:
    """Return requests of so many resources, each a process of its own with a batch of records."""
    make, request, member = SIGNALS[signal]
    found = []
    for number in range(count):
        messages = []
        for resource in range(resources):
            rnd = random.Random(f"{seed} {signal} {number} {resource}")
            message = make(rnd, number * resources + resource, batch)
            traffic.resource(message, resource)
            messages.append(message)
        found.append(request(**{member: messages}).SerializeToString())
    return found


def sent(
    service: Service, lake: ScratchLake, path: str, load: Sequence[bytes], warm_up: Sequence[bytes]
) -> Spent:
    """Warm the service up, then measure it, Postgres and the sender under the load."""
    headers = {"Content-Type": "application/x-protobuf"}
    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(CONNECTIONS) as threads:

        def post(body: bytes) -> None:
            client.post(service.url + path, content=body, headers=headers).raise_for_status()

        list(threads.map(post, warm_up))
        watched = {"receiver": service.process, "postgres": lake.postgres}
        with measured(**watched, sender=psutil.Process()) as spent:
            list(threads.map(post, load))
    return spent
