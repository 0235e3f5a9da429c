"""OTLP's JSON becomes the bytes that protobuf's own writer makes of the same message."""

import base64
import json

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import HealthCheck, given, settings
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ingest_api.errors import MalformedBody
from ingest_api.otlp.from_json import DEPTH_MAX, to_protobuf
from tests.assets.decode.otlp.messages import MESSAGES

REQUESTS = {
    "logs": (ExportLogsServiceRequest, "resource_logs", "logs"),
    "metrics": (ExportMetricsServiceRequest, "resource_metrics", "points"),
    "traces": (ExportTraceServiceRequest, "resource_spans", "spans"),
}
IDS = {"traceId", "spanId", "parentSpanId"}


def as_otlp(value):
    """Return protobuf's JSON as OTLP has it: ids in hexadecimal."""
    if isinstance(value, list):
        return [as_otlp(one) for one in value]
    if isinstance(value, dict):
        return {
            key: base64.b64decode(one).hex() if key in IDS else as_otlp(one)
            for key, one in value.items()
        }
    return value


@pytest.mark.parametrize("signal", list(REQUESTS))
def test_json_and_protobuf_of_the_same_data_are_the_same_bytes(signal: str) -> None:
    """
    So both have the same block id; every member of every message is known.
    """
    request, member, reading = REQUESTS[signal]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(MESSAGES[reading])
    def check(message) -> None:
        whole = request(**{member: [message]})
        known = MessageToDict(whole, use_integers_for_enums=True)
        text = json.dumps(as_otlp(known))
        same = ParseDict(known, request())  # JSON has one NaN only
        assert to_protobuf(signal, text.encode()) == same.SerializeToString()

    check()


def log(record: dict) -> bytes:
    """Return a request with one log record."""
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


def parsed(record: dict):
    """Return the record that a JSON one becomes."""
    request = ExportLogsServiceRequest.FromString(to_protobuf("logs", log(record)))
    return request.resource_logs[0].scope_logs[0].log_records[0]


def test_integers_come_as_text_or_as_numbers_and_ids_as_hexadecimal() -> None:
    """
    Names may also be written as the definition has them; null is absent, unknown is passed over.
    """
    found = parsed(
        {
            "timeUnixNano": "1760000000000000001",
            "observed_time_unix_nano": 1760000000000000002,
            "traceId": "5B8EFFF798038103D269B633813FC60C",
            "severityNumber": 9,
            "severityText": None,
            "body": {"doubleValue": "NaN"},
            "attributes": [{"key": "n", "value": {"intValue": -5}}],
            "somethingNew": {"a": [1]},
        }
    )
    assert found.time_unix_nano == 1760000000000000001
    assert found.observed_time_unix_nano == 1760000000000000002
    assert found.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert found.body.double_value != found.body.double_value
    assert found.attributes[0].value.int_value == -5


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "the body is not JSON"),
        (b"[]", "logs is no object"),
        (b'{"resourceLogs": {}}', "logs.resourceLogs is no array"),
        (log({"timeUnixNano": "x"}), "timeUnixNano = 'x' is no integer"),
        (log({"timeUnixNano": -1}), "timeUnixNano = -1 is no fixed64"),
        (log({"timeUnixNano": 2**63 * 2}), "is not JSON|no fixed64"),
        (log({"flags": 1.5}), "flags is no integer"),
        (log({"severityText": 1}), "severityText is no text"),
        (log({"traceId": "xyz"}), "traceId is not hexadecimal"),
        (log({"body": {"bytesValue": "***"}}), "bytesValue is not base64"),
        (log({"body": {"boolValue": 1}}), "boolValue is neither true nor false"),
        (log({"body": {"doubleValue": "many"}}), "doubleValue is no number"),
        (log({"attributes": [3]}), r"attributes\[0\] is no object"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(body: bytes, reason: str) -> None:
    """
    The path of the member, and what it should have been.
    """
    with pytest.raises(MalformedBody, match=reason):
        to_protobuf("logs", body)


def test_values_nested_too_deep_are_refused() -> None:
    """
    DEPTH_MAX bounds messages in each other.
    """
    value: dict = {}
    for _ in range(DEPTH_MAX):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(MalformedBody, match="DEPTH_MAX"):
        to_protobuf("logs", log({"body": value}))
