"""Made-up messages as SDKs send them: batches of a shop's log records, spans and points."""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from assets.storage.metadata.records import BlockRef

Resource = ResourceLogs | ResourceSpans | ResourceMetrics
Make = Callable[..., Resource]
"""Makes a message from a random source, its number, and how many records it has."""

BEGIN_NS = 1_760_000_000_000_000_000
BATCH = 1_000
"""Records of a message: what a collector's batch processor sends at once."""

KEYS = (
    "http.request.method", "http.route", "http.response.status_code", "user.id", "server.address"
)  # fmt: skip
"""Attributes of every record."""

ROUTES = ("/cart", "/pay", "/search", "/items/{id}", "/login")
LOGGERS = ("shop.cart", "shop.payment", "shop.search", "shop.http")
BOUNDS = [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0]


def block(payload: bytes, number: int = 0) -> BlockRef:
    """Return the block that carries a payload."""
    return BlockRef(
        block_id=str(uuid.UUID(int=number)), process_id=str(uuid.UUID(int=1)),
        stream_id=str(uuid.UUID(int=2)), object_key="", payload_offset=0, payload_size=len(payload),
        format="", tags=(), begin_time_ns=BEGIN_NS, end_time_ns=2**62, begin_ticks=0, end_ticks=0,
        nb_objects=BATCH, object_offset=0, insert_time=datetime(2026, 11, 23, tzinfo=UTC),
        position=0,
    )  # fmt: skip


def resource(message: Resource, number: int) -> None:
    """Say which of the shop's processes has sent a message, as Kubernetes and the SDK tell it."""
    add = message.resource.attributes.add
    add(key="service.name").value.string_value = "shop"
    add(key="service.instance.id").value.string_value = f"shop-{number}"
    add(key="k8s.pod.name").value.string_value = f"shop-6f7d9c5b4-{number:05}"
    add(key="host.name").value.string_value = f"node-{number % 16}"


def attributes(rnd: random.Random, into: object) -> None:
    """Put what a request has: five texts, two numbers."""
    add = into.add  # type: ignore[attr-defined]
    add(key="http.request.method").value.string_value = rnd.choice(("GET", "POST"))
    add(key="http.route").value.string_value = rnd.choice(ROUTES)
    add(key="http.response.status_code").value.int_value = rnd.choice((200, 200, 200, 404, 500))
    add(key="user.id").value.string_value = f"u{rnd.randrange(100_000)}"
    add(key="server.address").value.string_value = f"shop-{rnd.randrange(8)}.internal"


def logs(rnd: random.Random, number: int, batch: int = BATCH) -> ResourceLogs:
    """Return a batch of log records of about 300 bytes."""
    message = ResourceLogs()
    scopes = [message.scope_logs.add() for _ in LOGGERS]
    for scope, name in zip(scopes, LOGGERS, strict=True):
        scope.scope.name = name
    for at in range(batch):
        time = BEGIN_NS + (number * batch + at) * 1_000_003
        record = rnd.choice(scopes).log_records.add(
            time_unix_nano=time, observed_time_unix_nano=time + rnd.randrange(1, 50_000),
            severity_number=rnd.choice((9, 9, 9, 13, 17)), severity_text="INFO",
            trace_id=rnd.randbytes(16), span_id=rnd.randbytes(8), flags=1,
        )  # fmt: skip
        user = rnd.randrange(100_000)
        record.body.string_value = (
            f"order {rnd.randrange(10**9)} of user {user} was taken in by worker"
            f" {rnd.randrange(16)} after {rnd.randrange(4000)} ms: {rnd.randrange(30)} items, paid"
        )
        attributes(rnd, record.attributes)
    return message


def spans(rnd: random.Random, number: int, batch: int = BATCH) -> ResourceSpans:
    """Return a batch of spans, ten to a trace, one in ten with an event."""
    message = ResourceSpans()
    scope = message.scope_spans.add()
    scope.scope.name = "opentelemetry.instrumentation.fastapi"
    trace, parent = b"", b""
    for at in range(batch):
        if at % 10 == 0:
            trace, parent = rnd.randbytes(16), b""
        start = BEGIN_NS + (number * batch + at) * 1_000_003
        span = scope.spans.add(
            trace_id=trace, span_id=rnd.randbytes(8), parent_span_id=parent,
            name=f"GET {rnd.choice(ROUTES)}", kind=rnd.choice((1, 2, 3)),
            start_time_unix_nano=start, end_time_unix_nano=start + rnd.randrange(10**8), flags=1,
        )  # fmt: skip
        parent = parent or span.span_id
        attributes(rnd, span.attributes)
        if at % 10 == 3:
            event = span.events.add(time_unix_nano=start, name="exception")
            event.attributes.add(key="exception.type").value.string_value = "ValueError"
            span.status.code = Span().status.STATUS_CODE_ERROR
    return message


def metrics(rnd: random.Random, number: int, batch: int = BATCH) -> ResourceMetrics:
    """Return a batch of points, nine numbers to a histogram."""
    message = ResourceMetrics()
    scope = message.scope_metrics.add()
    scope.scope.name = "shop"
    counter = scope.metrics.add(name="http.server.requests", unit="{request}")
    counter.sum.aggregation_temporality, counter.sum.is_monotonic = 2, True
    latency = scope.metrics.add(name="http.server.request.duration", unit="ms")
    latency.histogram.aggregation_temporality = 2
    for at in range(batch):
        times = {"start_time_unix_nano": BEGIN_NS, "time_unix_nano": BEGIN_NS + number * 10**9}
        if at % 10:
            point = counter.sum.data_points.add(as_int=rnd.randrange(10**6), **times)
            attributes(rnd, point.attributes)
            continue
        counts = [rnd.randrange(1000) for _ in range(len(BOUNDS) + 1)]
        ranges = latency.histogram.data_points.add(
            count=sum(counts), sum=1.0, explicit_bounds=BOUNDS, bucket_counts=counts, **times
        )
        attributes(rnd, ranges.attributes)
    return message
