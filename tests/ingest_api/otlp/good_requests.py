"""
One good request of each signal with one record, in both encodings, and ways to make it odd.
"""

import json
from collections.abc import Callable
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.assets.decode.otlp.messages import NOW
from tests.assets.otlp_wire.json_bodies import as_otlp

PROTOBUF, JSON = "application/x-protobuf", "application/json"
SIGNALS = ("logs", "metrics", "traces")
ENCODINGS = (PROTOBUF, JSON)


def logs() -> ExportLogsServiceRequest:
    """Return a request with one record."""
    whole = ExportLogsServiceRequest()
    found = whole.resource_logs.add()
    found.resource.attributes.add(key="service.name").value.string_value = "shop"
    record = found.scope_logs.add().log_records.add(
        time_unix_nano=NOW, trace_id=bytes(range(16)), span_id=bytes(range(8))
    )
    record.attributes.add(key="key").value.string_value = "text"
    return whole


def metrics() -> ExportMetricsServiceRequest:
    """Return a request with one point."""
    whole = ExportMetricsServiceRequest()
    found = whole.resource_metrics.add()
    found.resource.attributes.add(key="service.name").value.string_value = "shop"
    metric = found.scope_metrics.add().metrics.add(name="orders")
    point = metric.gauge.data_points.add(time_unix_nano=NOW, as_double=1.5)
    point.attributes.add(key="key").value.string_value = "text"
    point.exemplars.add(
        time_unix_nano=NOW, as_double=1.5, trace_id=bytes(range(16)), span_id=bytes(range(8))
    )
    return whole


def traces() -> ExportTraceServiceRequest:
    """Return a request with one span."""
    whole = ExportTraceServiceRequest()
    found = whole.resource_spans.add()
    found.resource.attributes.add(key="service.name").value.string_value = "shop"
    span = found.scope_spans.add().spans.add(
        trace_id=bytes(range(16)),
        span_id=bytes(range(8)),
        start_time_unix_nano=NOW,
        end_time_unix_nano=NOW + 1,
    )
    span.attributes.add(key="key").value.string_value = "text"
    return whole


GOOD: dict[str, Callable[[], Message]] = {"logs": logs, "metrics": metrics, "traces": traces}


def document(signal: str) -> Any:
    """Return the good request of a signal as OTLP's JSON, to be changed."""
    return as_otlp(MessageToDict(GOOD[signal](), use_integers_for_enums=True))


def good(signal: str, encoding: str) -> bytes:
    """Return the good request of a signal."""
    if encoding == JSON:
        return json.dumps(document(signal)).encode()
    return GOOD[signal]().SerializeToString()


def record_of(request: Any) -> Any:
    """Return the record, point or span of a request that is JSON."""
    ((resource,),) = request.values()
    (scoped,) = next(v for k, v in resource.items() if k.startswith("scope"))
    (record,) = next(v for k, v in scoped.items() if k in {"logRecords", "metrics", "spans"})
    return record["gauge"]["dataPoints"][0] if "gauge" in record else record


def changed(signal: str, change: Callable[[Any], object]) -> bytes:
    """Return the good request as JSON, with its record changed."""
    request = document(signal)
    change(record_of(request))
    return json.dumps(request).encode()


def patched(signal: str, old: bytes, new: bytes) -> bytes:
    """Return the good request as protobuf with some bytes exchanged for as many others."""
    body = good(signal, PROTOBUF)
    assert body.count(old) == 1
    assert len(old) == len(new)
    return body.replace(old, new)


def nested(signal: str, depth: int, *, resource: bool = False) -> bytes:
    """Return the good request as JSON with an attribute of so many lists in each other."""
    value: dict[str, Any] = {"stringValue": "deep"}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    request = document(signal)
    if not resource:
        record_of(request)["attributes"].append({"key": "deep", "value": value})
        return json.dumps(request).encode()
    ((found,),) = request.values()
    found["resource"]["attributes"].append({"key": "deep", "value": value})
    return json.dumps(request).encode()


def time_of(record: Any) -> str:
    """Return the name of the member that has the time of a record."""
    return "startTimeUnixNano" if "startTimeUnixNano" in record else "timeUnixNano"


def ids_of(record: Any) -> Any:
    """Return the part of a record that has ids of a trace: itself, or its exemplar."""
    return record["exemplars"][0] if "exemplars" in record else record
