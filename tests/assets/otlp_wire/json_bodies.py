"""OTLP/JSON bodies for tests: what protobuf's own writer makes of a message, with ids in hex."""

import base64
import json

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS = {
    "logs": (ExportLogsServiceRequest, "resource_logs", "logs"),
    "metrics": (ExportMetricsServiceRequest, "resource_metrics", "points"),
    "traces": (ExportTraceServiceRequest, "resource_spans", "spans"),
}
"""Signal to its request, the member that holds all, and the strategy of messages for it."""

_IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}


def as_otlp(value):
    """Return protobuf's JSON as OTLP has it: ids in hexadecimal."""
    if isinstance(value, list):
        return [as_otlp(one) for one in value]
    if isinstance(value, dict):
        return {
            key: base64.b64decode(one).hex() if key in _IDS else as_otlp(one)
            for key, one in value.items()
        }
    return value


def json_of(request: Message, **options: bool) -> bytes:
    """Return a request as OTLP/JSON."""
    known = MessageToDict(request, use_integers_for_enums=True, **options)
    return json.dumps(as_otlp(known)).encode()


def log(record: object) -> bytes:
    """Return a request with one log record, which is JSON or made into it."""
    text = record if isinstance(record, str) else json.dumps(record)
    return b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%s]}]}]}' % text.encode()
