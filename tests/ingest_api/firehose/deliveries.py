"""Deliveries as Firehose sends them, and records as CloudWatch puts into them."""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping

import httpx
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics

from ingest_api.otlp.write import varint

NOW_MS = 1_760_000_000_123
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:metric-stream/all"


def deliver(receiver, path: str, records: Iterable[bytes], **headers: str) -> httpx.Response:
    """Send records in one delivery."""
    encoded = [{"data": base64.b64encode(one).decode()} for one in records]
    body = json.dumps({"requestId": "in-the-body", "timestamp": NOW_MS, "records": encoded})
    return send(receiver, path, body.encode(), **headers)


def send(receiver, path: str, body: bytes, **headers: str) -> httpx.Response:
    """Send a body."""
    named = {
        "Content-Type": "application/json",
        "X-Amz-Firehose-Protocol-Version": "1.0",
        "X-Amz-Firehose-Request-Id": "a-request",
        "X-Amz-Firehose-Access-Key": "key",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{receiver.url}{path}", content=body, headers=named, timeout=60)


def logged(*messages: str, stream: str = "web/1", **changes: object) -> bytes:
    """Return a record of CloudWatch Logs."""
    record = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/ecs/shop",
        "logStream": stream,
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": f"event-{at}", "timestamp": NOW_MS + at, "message": message}
            for at, message in enumerate(messages)
        ],
    }
    return gzip.compress(json.dumps(record | changes).encode(), mtime=0)


def streamed(*requests: ExportMetricsServiceRequest) -> bytes:
    """Return a record of a metric stream."""
    written = [one.SerializeToString() for one in requests]
    return b"".join(varint(len(one)) + one for one in written)


def exported(
    metrics: Mapping[str, str | None], attributes: Mapping[str, str] | None = None
) -> ExportMetricsServiceRequest:
    """Return a request of a metric stream; *metrics* are names with their namespaces."""
    request = ExportMetricsServiceRequest()
    resource: ResourceMetrics = request.resource_metrics.add()
    stream = {"cloud.provider": "aws", "cloud.region": "us-east-1", "aws.exporter.arn": ARN}
    for key, value in (stream if attributes is None else attributes).items():
        resource.resource.attributes.add(key=key).value.string_value = value
    scope = resource.scope_metrics.add()
    for at, (name, namespace) in enumerate(metrics.items()):
        point = scope.metrics.add(name=name, unit="1").summary.data_points.add(
            time_unix_nano=(NOW_MS + at) * 1_000_000, count=4, sum=10.0
        )
        point.quantile_values.add(quantile=0.0, value=1.0)
        point.quantile_values.add(quantile=1.0, value=4.0)
        point.quantile_values.add(quantile=0.99, value=3.9)
        if namespace is not None:
            point.attributes.add(key="Namespace").value.string_value = namespace
        point.attributes.add(key="MetricName").value.string_value = name
        dimensions = point.attributes.add(key="Dimensions").value.kvlist_value
        dimensions.values.add(key="InstanceId").value.string_value = "i-1"
    return request
