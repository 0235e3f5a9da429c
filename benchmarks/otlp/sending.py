"""Requests of each signal, and sending them over some connections while the cost is measured."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import cycle

import grpc
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
METHODS = {
    "logs": "logs.v1.LogsService",
    "traces": "trace.v1.TraceService",
    "metrics": "metrics.v1.MetricsService",
}
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
    """Measure a service, Postgres and the sender under a load over HTTP."""
    headers = {"Content-Type": "application/x-protobuf"}
    with httpx.Client(timeout=60) as client:

        def post(body: bytes) -> None:
            client.post(service.url + path, content=body, headers=headers).raise_for_status()

        return _measured(service, lake, [post] * CONNECTIONS, load, warm_up)


def sent_over_grpc(
    service: Service,
    lake: ScratchLake,
    signal: str,
    load: Sequence[bytes],
    warm_up: Sequence[bytes],
) -> Spent:
    """Measure them over gRPC, at ``service.ports["grpc"]``."""
    method = f"/opentelemetry.proto.collector.{METHODS[signal]}/Export"
    with ExitStack() as channels:
        calls = []
        for _ in range(CONNECTIONS):
            channel = grpc.insecure_channel(
                f"127.0.0.1:{service.ports['grpc']}", [("grpc.use_local_subchannel_pool", 1)]
            )
            calls.append(channels.enter_context(channel).unary_unary(method))
        posts = [partial(call, timeout=60, wait_for_ready=True) for call in calls]
        return _measured(service, lake, posts, load, warm_up)


def _measured(
    service: Service,
    lake: ScratchLake,
    posts: Sequence[Callable[[bytes], object]],
    load: Sequence[bytes],
    warm_up: Sequence[bytes],
) -> Spent:
    """Warm the service up, then send the load; each of *posts* is used in turn."""
    with ThreadPoolExecutor(CONNECTIONS) as threads:

        def send(bodies: Sequence[bytes]) -> None:
            list(threads.map(lambda post, body: post(body), cycle(posts), bodies))

        send(warm_up)
        watched = {"receiver": service.process, "postgres": lake.postgres}
        with measured(**watched, sender=psutil.Process()) as spent:
            send(load)
    return spent
