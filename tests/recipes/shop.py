"""
Traces, logs and latencies of a small shop, for the recipes: three services over two hours.

Every number follows from the number of the trace, so that the pages can print what comes out.
"""

from dataclasses import dataclass, replace

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar, ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from assets.storage.metadata.records import ProcessRecord, StreamRecord
from tests.assets.decode.otlp.messages import Made, made
from tests.assets.filled_lake import Sender

MS = 1_000_000
MINUTE = 60_000 * MS
NOON = 1_760_011_200_000_000_000
"""2025-10-09 12:00 UTC; the queries are asked half an hour later."""

ASKED_AT = NOON + 30 * MINUTE
TRACES = 40
WEB, CHECKOUT, PAYMENTS = "shop/web", "shop/checkout", "shop/payments"


@dataclass
class Service(Sender):
    """A service that speaks OpenTelemetry."""

    exe: str = WEB

    def records(self) -> tuple[ProcessRecord, StreamRecord]:
        process, stream = super().records()
        return replace(process, exe=self.exe), stream


def trace_id(number: int) -> bytes:
    """Return ids that are spread as random ones are."""
    return ((number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128).to_bytes(16, "big")


def begin(number: int) -> int:
    """Return when a trace began: one every two minutes, from 11:10 on."""
    return NOON + (2 * number - 50) * MINUTE


def text(key: str, value: str) -> KeyValue:
    """Return an attribute."""
    return KeyValue(key=key, value=AnyValue(string_value=value))


@dataclass(frozen=True)
class Part:
    """A span of each trace: when it begins in it, how long it takes, what it is part of."""

    number: int
    parent: int
    exe: str
    name: str
    kind: Span.SpanKind.ValueType
    begin_ms: int
    share: float


PARTS = (
    Part(1, 0, WEB, "GET /cart", Span.SPAN_KIND_SERVER, 0, 1.0),
    Part(2, 1, WEB, "POST /pay", Span.SPAN_KIND_CLIENT, 2, 0.9),
    Part(3, 2, CHECKOUT, "POST /pay", Span.SPAN_KIND_SERVER, 3, 0.8),
    Part(4, 3, CHECKOUT, "price", Span.SPAN_KIND_INTERNAL, 4, 0.1),
    Part(5, 3, CHECKOUT, "Charge", Span.SPAN_KIND_CLIENT, 12, 0.6),
    Part(6, 5, PAYMENTS, "Charge", Span.SPAN_KIND_SERVER, 13, 0.5),
)


def total_ms(number: int) -> int:
    """Return how long a trace takes; every tenth is slow."""
    return 1000 + number if number % 10 == 7 else 100 + number


def fails(number: int) -> bool:
    """Tell whether the payment of a trace is refused."""
    return number % 13 == 7


def spans_of(exe: str, numbers: range) -> Made:
    """Return a block with what a service recorded of these traces."""
    message = ResourceSpans()
    spans = message.scope_spans.add().spans
    for number in numbers:
        for part in PARTS:
            if part.exe != exe:
                continue
            start = begin(number) + part.begin_ms * MS
            failed = fails(number) and part.number != 4
            spans.add(
                trace_id=trace_id(number),
                span_id=(number * 16 + part.number).to_bytes(8, "big"),
                parent_span_id=(number * 16 + part.parent).to_bytes(8, "big")
                if part.parent
                else b"",
                name=part.name,
                kind=part.kind,
                start_time_unix_nano=start,
                end_time_unix_nano=start + int(total_ms(number) * part.share) * MS,
                status=Status(code=2, message="card refused") if failed else Status(),
                attributes=[text("payment.method", "card" if number % 2 else "invoice")],
            )
    return made(message, begin(numbers[0]), begin(numbers[-1]) + MINUTE, len(spans))


def logs_of(numbers: range) -> Made:
    """Return a block of what payments logged: of each trace a line, of refused ones an error."""
    message = ResourceLogs()
    records = message.scope_logs.add().log_records
    for number in numbers:
        lines = [(9, f"charging order {number}")]
        lines += [(17, f"card of order {number} refused")] if fails(number) else []
        for place, (severity, line) in enumerate(lines):
            record = records.add(
                time_unix_nano=begin(number) + (14 + place) * MS,
                severity_number=severity,
                trace_id=trace_id(number),
                span_id=(number * 16 + 6).to_bytes(8, "big"),
            )
            record.body.string_value = line
    return made(message, begin(numbers[0]), begin(numbers[-1]) + MINUTE, len(records))


def latencies_of(numbers: range) -> Made:
    """Return a block with one point of a histogram of durations, and exemplars of the slow ones."""
    message = ResourceMetrics()
    metric = message.scope_metrics.add().metrics.add(name="http.server.duration", unit="ms")
    durations = [total_ms(number) for number in numbers]
    slow = [number for number in numbers if total_ms(number) > 1000]
    metric.histogram.aggregation_temporality = 1
    metric.histogram.data_points.add(
        time_unix_nano=begin(numbers[-1]) + MINUTE,
        start_time_unix_nano=begin(numbers[0]),
        count=len(durations),
        sum=sum(durations),
        explicit_bounds=[0.0, 500.0, 1000.0, 1500.0],
        bucket_counts=[0, len(durations) - len(slow), 0, len(slow), 0],
        exemplars=[
            Exemplar(
                time_unix_nano=begin(number),
                as_double=total_ms(number),
                trace_id=trace_id(number),
                span_id=(number * 16 + 1).to_bytes(8, "big"),
            )
            for number in slow
        ],
    )
    return made(message, begin(numbers[0]), begin(numbers[-1]) + MINUTE, 1)
