"""Messages of OTLP for tests: strategies that make any of them, and blocks that carry them."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from google.protobuf.message import Message
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    EntityRef,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from assets.storage.metadata.records import BlockRef

NOW = 1_760_000_000_123_456_789
READINGS = ("logs", "points", "histograms", "spans")

texts = st.text(max_size=30)
i64 = st.integers(-(2**63), 2**63 - 1)
u64 = st.integers(0, 2**64 - 1)
u32 = st.integers(0, 2**32 - 1)
i32 = st.integers(-(2**31), 2**31 - 1)
floats = st.floats()
nanos = st.sampled_from([0, 1, NOW, NOW + 999, 2**63 - 1, 2**63, 2**64 - 1])
ids = st.one_of(st.binary(max_size=20), st.binary(min_size=16, max_size=16))


def several(strategy: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    """Return lists that are short."""
    return st.lists(strategy, max_size=most)


def grown(values: st.SearchStrategy) -> st.SearchStrategy:
    """Return values of values."""
    members = several(st.builds(KeyValue, key=texts, value=values))
    return st.one_of(
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=several(values))),
        st.builds(AnyValue, kvlist_value=st.builds(KeyValueList, values=members)),
    )


values = st.recursive(
    st.one_of(
        st.builds(AnyValue),
        st.builds(AnyValue, string_value=texts),
        st.builds(AnyValue, bool_value=st.booleans()),
        st.builds(AnyValue, int_value=i64),
        st.builds(AnyValue, double_value=floats),
        st.builds(AnyValue, bytes_value=st.binary(max_size=20)),
    ),
    grown,
    max_leaves=6,
)
keys = st.one_of(st.sampled_from(["a", "b", "otel.scope.name", "otel.types", "ß" * 9]), texts)
attribute = st.builds(KeyValue, key=keys, value=values)
attributes = st.one_of(
    st.lists(attribute, max_size=5),
    st.lists(attribute, min_size=36, max_size=40),  # more than are compared with each other
)
scopes = st.builds(
    InstrumentationScope,
    name=texts,
    version=texts,
    attributes=attributes,
    dropped_attributes_count=u32,
)

resources = st.builds(
    Resource,
    attributes=attributes,
    dropped_attributes_count=u32,
    entity_refs=st.lists(
        st.builds(
            EntityRef,
            schema_url=texts,
            type=texts,
            id_keys=st.lists(texts, max_size=3),
            description_keys=st.lists(texts, max_size=3),
        ),
        max_size=2,
    ),
)

log_records = st.builds(
    LogRecord,
    time_unix_nano=nanos,
    observed_time_unix_nano=nanos,
    severity_number=st.one_of(st.integers(0, 25), i32),
    severity_text=texts,
    body=values,
    attributes=attributes,
    dropped_attributes_count=u32,
    flags=u32,
    trace_id=ids,
    span_id=ids,
    event_name=texts,
)
scope_logs = st.builds(ScopeLogs, scope=scopes, log_records=several(log_records), schema_url=texts)
resource_logs = st.builds(
    ResourceLogs, resource=resources, scope_logs=several(scope_logs), schema_url=texts
)

events = st.builds(
    Span.Event,
    time_unix_nano=nanos,
    name=texts,
    attributes=attributes,
    dropped_attributes_count=u32,
)
links = st.builds(
    Span.Link, trace_id=ids, span_id=ids, trace_state=texts, attributes=attributes, flags=u32
)
spans = st.builds(
    Span,
    trace_id=ids,
    span_id=ids,
    trace_state=texts,
    parent_span_id=ids,
    name=texts,
    kind=st.one_of(st.integers(0, 7), i32),
    start_time_unix_nano=nanos,
    end_time_unix_nano=nanos,
    attributes=attributes,
    events=several(events),
    links=several(links),
    status=st.builds(Status, message=texts, code=st.integers(0, 4)),
    dropped_attributes_count=u32,
    dropped_events_count=u32,
    dropped_links_count=u32,
    flags=u32,
)
scope_spans = st.builds(ScopeSpans, scope=scopes, spans=several(spans), schema_url=texts)
resource_spans = st.builds(ResourceSpans, resource=resources, scope_spans=several(scope_spans))

exemplars = st.one_of(
    st.builds(
        metrics.Exemplar,
        filtered_attributes=attributes,
        time_unix_nano=nanos,
        as_double=floats,
        trace_id=ids,
        span_id=ids,
    ),
    st.builds(metrics.Exemplar, as_int=i64),
    st.builds(metrics.Exemplar),
)
shared = {
    "start_time_unix_nano": nanos,
    "time_unix_nano": nanos,
    "attributes": attributes,
    "flags": st.one_of(st.sampled_from([0, 1, 2, 3]), u32),
}
number_points = st.one_of(
    st.builds(metrics.NumberDataPoint, as_double=floats, exemplars=several(exemplars), **shared),
    st.builds(metrics.NumberDataPoint, as_int=i64, **shared),
    st.builds(metrics.NumberDataPoint, **shared),
)
maybe = {"sum": floats, "min": floats, "max": floats}
histogram_points = st.builds(
    metrics.HistogramDataPoint,
    count=u64,
    bucket_counts=several(st.one_of(st.integers(0, 9), u64), 5),
    explicit_bounds=several(floats, 4),
    exemplars=several(exemplars),
    **shared,
    **maybe,
)
buckets = st.builds(
    metrics.ExponentialHistogramDataPoint.Buckets,
    offset=st.one_of(st.integers(-9, 9), i32),
    bucket_counts=several(st.one_of(st.integers(0, 9), u64), 5),
)
exponential_points = st.builds(
    metrics.ExponentialHistogramDataPoint,
    count=u64,
    scale=st.one_of(st.integers(-10, 20), i32),
    zero_count=u64,
    positive=buckets,
    negative=buckets,
    zero_threshold=floats,
    exemplars=several(exemplars),
    **shared,
    **maybe,
)
summary_points = st.builds(
    metrics.SummaryDataPoint,
    count=u64,
    sum=floats,
    quantile_values=several(
        st.builds(
            metrics.SummaryDataPoint.ValueAtQuantile,
            quantile=st.one_of(st.sampled_from([0.0, 0.5, 1.0]), floats),
            value=floats,
        )
    ),
    **shared,
)
temporality = st.one_of(st.integers(0, 2), i32)
untyped = KeyValue(key="prometheus.type", value=AnyValue(string_value="unknown"))
metadata = st.one_of(attributes, attributes.map(lambda known: [*known, untyped]))
named = {"name": texts, "unit": texts, "description": texts, "metadata": metadata}
every_metric = st.one_of(
    st.builds(metrics.Metric, **named),
    st.builds(
        metrics.Metric,
        gauge=st.builds(metrics.Gauge, data_points=several(number_points)),
        **named,
    ),
    st.builds(
        metrics.Metric,
        sum=st.builds(
            metrics.Sum,
            data_points=several(number_points),
            aggregation_temporality=temporality,
            is_monotonic=st.booleans(),
        ),
        **named,
    ),
    st.builds(
        metrics.Metric,
        histogram=st.builds(
            metrics.Histogram,
            data_points=several(histogram_points),
            aggregation_temporality=temporality,
        ),
        **named,
    ),
    st.builds(
        metrics.Metric,
        exponential_histogram=st.builds(
            metrics.ExponentialHistogram,
            data_points=several(exponential_points),
            aggregation_temporality=temporality,
        ),
        **named,
    ),
    st.builds(
        metrics.Metric,
        summary=st.builds(metrics.Summary, data_points=several(summary_points)),
        **named,
    ),
)
scope_metrics = st.builds(
    metrics.ScopeMetrics, scope=scopes, metrics=several(every_metric), schema_url=texts
)
resource_metrics = st.builds(
    metrics.ResourceMetrics,
    resource=resources,
    scope_metrics=several(scope_metrics),
    schema_url=texts,
)

MESSAGES = {
    "logs": resource_logs,
    "points": resource_metrics,
    "histograms": resource_metrics,
    "spans": resource_spans,
}


@dataclass(frozen=True)
class Made:
    """A block and its payload."""

    ref: BlockRef
    payload: bytes


def made(message: Message, begin_ns: int = 0, end_ns: int = 2**63 - 1, objects: int = 1) -> Made:
    """Return the block that carries a message; each has an id of its own."""
    known = replace(block(begin_ns, end_ns), block_id=str(uuid.uuid4()), nb_objects=objects)
    return Made(known, message.SerializeToString())


def made_trace(trace_id: str, origin_ns: int, *spans: tuple[int, int, int, int, str]) -> Made:
    """Return a block of one trace: number, parent, begin and end in ns after the origin, name."""
    message = ResourceSpans()
    added = message.scope_spans.add().spans
    for number, parent, begin, end, name in spans:
        added.add(
            trace_id=bytes.fromhex(trace_id),
            span_id=number.to_bytes(8, "big"),
            parent_span_id=parent.to_bytes(8, "big") if parent else b"",
            name=name,
            start_time_unix_nano=origin_ns + begin,
            end_time_unix_nano=origin_ns + end,
        )
    first, last = min(span[2] for span in spans), max(span[3] for span in spans)
    return made(message, origin_ns + first, origin_ns + last, len(spans))


def block(begin_ns: int = 0, end_ns: int = 2**63 - 1) -> BlockRef:
    """Return a block whose payload holds times of that closed range."""
    return BlockRef(
        block_id=str(uuid.UUID(int=7)),
        process_id=str(uuid.UUID(int=8)),
        stream_id=str(uuid.UUID(int=9)),
        object_key="segment",
        payload_offset=0,
        payload_size=0,
        format="otlp/v1/logs",
        tags=("log",),
        begin_time_ns=begin_ns,
        end_time_ns=end_ns,
        begin_ticks=begin_ns,
        end_ticks=end_ns,
        nb_objects=0,
        object_offset=0,
        insert_time=datetime(2026, 11, 23, tzinfo=UTC),
        position=0,
    )
