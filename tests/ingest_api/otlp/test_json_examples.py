"""
Requests as the specification's examples of JSON have them, beside the protobuf of the same data.

The protobuf is built here by hand, with protobuf's own classes: so that a mistake of ours in
reading JSON shows, however the JSON is written.
"""

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from tests.ingest_api.otlp.good_requests import JSON, PROTOBUF
from tests.ingest_api.otlp.test_malformed import post
from tests.test_repo import ROOT

EXAMPLES = ROOT / "tests" / "fixtures" / "otlp"
NOW = 1_760_000_000_000_000_000
TRACE, SPAN = bytes.fromhex("5b8efff798038103d269b633813fc60c"), bytes.fromhex("eee19b7ec3c1b174")


def attribute(key: str, **value: object) -> KeyValue:
    """Return an attribute."""
    return KeyValue(key=key, value=AnyValue(**value))


def logs() -> Message:
    """Return what logs.json says."""
    whole = ExportLogsServiceRequest()
    resource = whole.resource_logs.add()
    resource.resource.attributes.append(attribute("service.name", string_value="example"))
    resource.resource.attributes.append(attribute("host.name", string_value="desk"))
    scoped = resource.scope_logs.add(schema_url="https://shop/schema")
    scoped.scope.name, scoped.scope.version = "shop.cart", "1.0.0"
    scoped.scope.attributes.append(attribute("of", string_value="scope"))
    record = scoped.log_records.add(
        time_unix_nano=NOW + 1,
        observed_time_unix_nano=NOW + 300_000_000,
        severity_number=10,
        severity_text="Information",
        trace_id=TRACE,
        span_id=SPAN,
        flags=1,
        event_name="shop.opened",
    )
    record.body.string_value = "grüße 🚀"
    several = AnyValue()
    several.array_value.values.add(string_value="many")
    several.array_value.values.add(int_value=7)
    several.array_value.values.add()
    named = AnyValue()
    named.kvlist_value.values.append(attribute("a", bool_value=False))
    record.attributes.extend(
        [
            attribute("string", string_value="text"),
            attribute("boolean", bool_value=True),
            attribute("integer as text", int_value=-(2**63)),
            attribute("integer as number", int_value=10),
            attribute("double", double_value=637.704),
            attribute("no number", double_value=float("nan")),
            attribute("bytes", bytes_value=b"\x00\xff"),
            KeyValue(key="array", value=several),
            KeyValue(key="map", value=named),
        ]
    )
    scoped.log_records.add(time_unix_nano=NOW + 2, severity_number=17)
    return whole


def metrics() -> Message:
    """Return what metrics.json says."""
    whole = ExportMetricsServiceRequest()
    resource = whole.resource_metrics.add()
    resource.resource.attributes.append(attribute("service.name", string_value="example"))
    scoped = resource.scope_metrics.add()
    scoped.scope.name = "shop.meter"
    orders = scoped.metrics.add(
        name="orders", unit="{order}", description="orders that were placed"
    )
    orders.sum.aggregation_temporality, orders.sum.is_monotonic = 1, True
    point = orders.sum.data_points.add(as_int=5, start_time_unix_nano=NOW, time_unix_nano=NOW + 1)
    point.attributes.append(attribute("kind", string_value="tea"))
    orders.sum.data_points.add(as_double=2.5, time_unix_nano=NOW + 1)
    warmth = scoped.metrics.add(name="warmth", unit="Cel")
    warmth.gauge.data_points.add(as_double=-0.5, time_unix_nano=NOW + 1)
    latency = scoped.metrics.add(name="latency", unit="ms").histogram
    latency.aggregation_temporality = 2
    bars = latency.data_points.add(
        start_time_unix_nano=NOW,
        time_unix_nano=NOW + 1,
        count=3,
        sum=12.5,
        bucket_counts=[1, 1, 1],
        explicit_bounds=[1, 10],
        min=0.5,
        max=11,
    )
    exemplar = bars.exemplars.add(
        as_double=11, time_unix_nano=NOW + 1, trace_id=TRACE, span_id=SPAN
    )
    exemplar.filtered_attributes.append(attribute("user", string_value="ada"))
    sizes = scoped.metrics.add(name="sizes").exponential_histogram
    sizes.aggregation_temporality = 2
    wide = sizes.data_points.add(time_unix_nano=NOW + 1, count=4, sum=9.5, scale=-1, zero_count=1)
    wide.positive.offset = -1
    wide.positive.bucket_counts.extend([1, 2])
    old = scoped.metrics.add(name="old").summary
    summed = old.data_points.add(time_unix_nano=NOW + 1, count=2, sum=3)
    summed.quantile_values.add(quantile=0.5, value=1.5)
    return whole


def traces() -> Message:
    """Return what traces.json says."""
    whole = ExportTraceServiceRequest()
    resource = whole.resource_spans.add()
    resource.resource.attributes.append(attribute("service.name", string_value="example"))
    scoped = resource.scope_spans.add()
    scoped.scope.name, scoped.scope.version = "shop.web", "1.2"
    pay = scoped.spans.add(
        trace_id=TRACE,
        span_id=SPAN,
        parent_span_id=bytes.fromhex("eee19b7ec3c1b173"),
        trace_state="a=b",
        flags=257,
        name="GET /pay",
        kind=2,
        start_time_unix_nano=NOW + 1,
        end_time_unix_nano=NOW + 500_000_001,
        dropped_events_count=1,
    )
    pay.attributes.append(attribute("http.route", string_value="/pay"))
    began = pay.events.add(time_unix_nano=NOW + 100_000_001, name="began")
    began.attributes.append(attribute("at", int_value=1))
    pay.links.add(
        trace_id=bytes.fromhex("5b8efff798038103d269b633813fc60d"),
        span_id=bytes.fromhex("eee19b7ec3c1b175"),
    )
    pay.status.code, pay.status.message = 2, "the card was refused"
    charge = scoped.spans.add(
        trace_id=TRACE,
        span_id=bytes.fromhex("eee19b7ec3c1b176"),
        name="charge",
        kind=3,
        start_time_unix_nano=NOW + 2,
        end_time_unix_nano=NOW + 3,
    )
    charge.status.SetInParent()
    return whole


REQUESTS = {"logs": logs, "metrics": metrics, "traces": traces}
VIEWS = {
    "logs": {"log_entries": 2},
    "metrics": {"measures": 6, "measure_histograms": 2},
    "traces": {"otel_spans": 2},
}
"""The rows that each example is."""


@pytest.mark.parametrize("signal", list(REQUESTS))
def test_an_example_is_the_block_and_the_rows_that_its_protobuf_is(signal: str, receiver) -> None:
    """
    Hex in either case, 64-bit integers as text or number, names of enumerations, null, unknown
    members, both spellings of names: one block, which the same data as protobuf does not double.
    """
    text = (EXAMPLES / f"{signal}.json").read_bytes()
    assert post(receiver, signal, text, {"Content-Type": JSON}).status_code == 200
    stored = receiver.rows("SELECT block_id, nb_objects, payload_size FROM blocks")
    rows = {view: receiver.view(view) for view in VIEWS[signal]}
    assert {view: len(found) for view, found in rows.items()} == VIEWS[signal]
    body = REQUESTS[signal]().SerializeToString()
    assert post(receiver, signal, body, {"Content-Type": PROTOBUF}).status_code == 200
    assert receiver.rows("SELECT block_id, nb_objects, payload_size FROM blocks") == stored
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == 1
