"""OTLP over HTTP against a real receiver: what is stored, and what an exporter is told."""

import gzip
import json
import zlib

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ingest_api.limits import OTLP_FIELDS_MAX
from limnograph.wire import zstd
from tests.assets.decode.otlp.messages import NOW

PROTOBUF, JSON = "application/x-protobuf", "application/json"
COMPRESS = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}


def request(*services: str, records: int = 2, text: str = "hello") -> ExportLogsServiceRequest:
    """Return a request with one resource for each service."""
    whole = ExportLogsServiceRequest()
    for service in services:
        logs = whole.resource_logs.add()
        logs.resource.attributes.add(key="service.name").value.string_value = service
        logs.resource.attributes.add(key="odd\0key").value.string_value = "a\0b"
        added = logs.scope_logs.add().log_records
        for number in range(records):
            added.add(time_unix_nano=NOW + number).body.string_value = text
    return whole


def post(receiver, body: bytes, signal: str = "logs", prefix: str = "/v1", **headers: str):
    """Send a body."""
    named = {"Content-Type": PROTOBUF} | {k.replace("_", "-"): v for k, v in headers.items()}
    url = f"{receiver.url}{prefix}/{signal}"
    return httpx.post(url, content=body, headers=named, timeout=60)


def status_of(answer: httpx.Response, http_status: int) -> Status:
    """Return the Status of an answer that is none of success."""
    assert answer.status_code == http_status, answer.text
    assert answer.headers["content-type"] == PROTOBUF
    return Status.FromString(answer.content)


@pytest.mark.parametrize("encoding", COMPRESS)
@pytest.mark.parametrize("prefix", ["/v1", "/ingestion/otlp/v1"])
def test_each_resource_is_a_block_of_its_own_process(receiver, encoding: str, prefix: str) -> None:
    """
    In any content encoding; the answer to success is the empty response message.
    """
    body = COMPRESS[encoding](request("cart", "pay").SerializeToString())
    answer = post(receiver, body, prefix=prefix, Content_Encoding=encoding)
    assert (answer.status_code, answer.content) == (200, b"")
    rows = receiver.rows(
        "SELECT p.exe, s.format, s.tags, b.nb_objects, b.begin_time_ns, b.end_time_ns"
        " FROM blocks b JOIN streams s USING (stream_id) JOIN processes p"
        " ON p.process_id = b.process_id ORDER BY p.exe"
    )
    assert rows == [(exe, "otlp/v1/logs", ["log"], 2, NOW, NOW + 1) for exe in ("cart", "pay")]
    (properties,) = receiver.rows("SELECT properties FROM processes WHERE exe = 'cart'")[0]
    assert properties == {
        "otel.resource.service.name": "cart",
        "otel.resource.odd\ufffdkey": "a\ufffdb",
    }


def test_the_same_records_again_change_nothing_in_either_encoding(receiver) -> None:
    """
    Ids come from contents; what was known already is counted.
    """
    body = request("cart").SerializeToString()
    text = {
        "resourceLogs": [
            {
                "resource": {
                    "attributes": [
                        {"key": "service.name", "value": {"stringValue": "cart"}},
                        {"key": "odd\0key", "value": {"stringValue": "a\0b"}},
                    ]
                },
                "scopeLogs": [
                    {
                        "logRecords": [
                            {"timeUnixNano": str(NOW), "body": {"stringValue": "hello"}},
                            {"timeUnixNano": NOW + 1, "body": {"stringValue": "hello"}},
                        ]
                    }
                ],
            }
        ]
    }
    assert post(receiver, body).status_code == 200
    assert post(receiver, body).status_code == 200
    answer = post(receiver, json.dumps(text).encode(), Content_Type=f"{JSON}; charset=utf-8")
    assert (answer.status_code, answer.json()) == (200, {})
    assert receiver.rows("SELECT count(*) FROM blocks") == [(1,)]
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == 2


def test_an_empty_request_is_a_success(receiver) -> None:
    """
    Nothing to store is stored; so is a resource without records.
    """
    for body in (b"", request("cart", records=0).SerializeToString()):
        assert post(receiver, body).status_code == 200
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]


def test_records_without_times_are_as_old_as_their_arrival(receiver) -> None:
    """
    A block has a range, by which queries choose it.
    """
    whole = ExportTraceServiceRequest()
    whole.resource_spans.add().scope_spans.add().spans.add(name="n")
    assert post(receiver, whole.SerializeToString(), "traces").status_code == 200
    ((begin, end),) = receiver.rows("SELECT begin_time_ns, end_time_ns FROM blocks")
    assert begin == end > NOW


@pytest.mark.parametrize(
    ("body", "headers", "expected", "message"),
    [
        (b"\x0a\x05ab", {}, (400, 3), "byte 0 of the request: field 1 has 5 bytes"),
        (b"\x0a\x02\x12\x07", {}, (400, 3), "byte 2 of the request: field 2 has 7 bytes"),
        (b"no gzip", {"Content_Encoding": "gzip"}, (400, 3), "the body is not gzip"),
        (b"", {"Content_Encoding": "br"}, (415, 3), "Content-Encoding 'br' is not known"),
        (b"", {"Content_Type": "text/plain"}, (415, 3), "Content-Type 'text/plain'"),
        (b"\x0a" * (1 << 20), {}, (413, 8), "wire_body_bytes_max"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_as_a_status(
    start_receiver, body: bytes, headers: dict, expected: tuple, message: str
) -> None:
    """
    In the request's encoding, with the code that exporters know; none of these is sent again.
    """
    http_status, code = expected
    answer = post(start_receiver(wire_body_bytes_max=1 << 19), body, **headers)
    found = status_of(answer, http_status)
    assert found.code == code
    assert message in found.message


def test_errors_of_json_requests_are_json(receiver) -> None:
    """
    An exporter reads the answer with the parser of its own encoding.
    """
    answer = post(receiver, b"{", Content_Type=JSON)
    assert answer.status_code == 400
    assert answer.json()["code"] == 3
    assert "the body is not JSON" in answer.json()["message"]


def test_a_resource_over_the_limit_is_refused_and_the_others_are_stored(start_receiver) -> None:
    """
    Partial success: how many records, and why, in either encoding.
    """
    receiver = start_receiver(payload_bytes_max=2000)
    whole = request("cart")
    whole.resource_logs.extend(request("big", records=3, text="x" * 1000).resource_logs)
    answer = post(receiver, whole.SerializeToString())
    assert answer.status_code == 200
    partial = ExportLogsServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_log_records == 3
    assert "payload_bytes_max = 2000" in partial.error_message
    assert receiver.rows("SELECT exe FROM processes") == [("cart",)]


@pytest.mark.parametrize(
    "body",
    [
        b"\x0a\x00" * (OTLP_FIELDS_MAX + 1),
        None,
    ],
    ids=["resources", "attributes"],
)
def test_more_resources_or_attributes_than_are_read_are_over_a_limit(receiver, body) -> None:
    """
    They are walked one by one; a small body could keep the receiver busy for minutes.
    """
    if body is None:
        whole = request("cart")
        resource = whole.resource_logs[0].resource
        resource.MergeFromString(b"\x0a\x00" * (OTLP_FIELDS_MAX + 1))
        body = whole.SerializeToString()
    assert "otlp_fields_max" in status_of(post(receiver, body), 413).message


def test_too_much_at_once_is_to_be_sent_again_later(start_receiver) -> None:
    """
    503 with Retry-After, which exporters obey.
    """
    receiver = start_receiver(in_flight_bytes_max=100)
    answer = post(receiver, request("cart", records=50).SerializeToString())
    assert status_of(answer, 503).code == 14
    assert int(answer.headers["retry-after"]) >= 1


def test_profiles_are_refused_clearly(receiver) -> None:
    """
    Said in words, and not worth sending again.
    """
    for prefix in ("/v1development", "/v1"):
        answer = post(receiver, b"", "profiles", prefix=prefix)
        assert "profiles are not taken in" in status_of(answer, 404).message
