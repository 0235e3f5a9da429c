"""
Everything that is wrong with a request, for every signal in both encodings: the specified answer.

A table: what is sent, the status, the code of google.rpc.Status, and what its text says. After each
a good request of the same signal is taken, so that nothing wrong stays behind.
"""

import gzip
import json
import re
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from assets.otlp_wire.limits import VALUE_DEPTH_MAX
from assets.storage.settings import LakeSettings
from ingest_api.limits import OTLP_FIELDS_MAX, RETRY_AFTER_S
from ingest_api.otlp.answers import FAULT
from ingest_api.otlp.from_json import to_protobuf
from ingest_api.settings import IngestSettings
from limnograph.wire import zstd
from stack.postgres import EmbeddedPostgres
from tests.ingest_api.conftest import RunningReceiver
from tests.ingest_api.otlp.good_requests import (
    ENCODINGS,
    JSON,
    PROTOBUF,
    SIGNALS,
    changed,
    document,
    good,
    ids_of,
    nested,
    patched,
    record_of,
    time_of,
)

BODY_BYTES_MAX, WIRE_BODY_BYTES_MAX = 1 << 20, 1 << 19
LIMITS = {
    "body_bytes_max": BODY_BYTES_MAX,
    "wire_body_bytes_max": WIRE_BODY_BYTES_MAX,
    "payload_bytes_max": 100_000,
}
TEXT_CHARS_MAX = 400
NO_REQUEST = "^byte [0-9]+ of the request: |not JSON|is no object"
RESPONSES = {
    "logs": (ExportLogsServiceResponse, "rejectedLogRecords"),
    "metrics": (ExportMetricsServiceResponse, "rejectedDataPoints"),
    "traces": (ExportTraceServiceResponse, "rejectedSpans"),
}


@dataclass(frozen=True)
class Case:
    """What is sent, and what is answered."""

    name: str
    body: Callable[[str, str], bytes]
    status: int
    code: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)
    only: str = ""


def json_case(name: str, change: Callable[[Any], object], text: str) -> Case:
    """Return a case of JSON in which the record has a member of a wrong value."""
    return Case(name, lambda signal, _: changed(signal, change), 400, 3, text, only=JSON)


def encoded(change: Callable[[str], bytes]) -> Callable[[str, str], bytes]:
    """Return what makes a body of either encoding, of what makes one of JSON."""

    def body(signal: str, encoding: str) -> bytes:
        text = change(signal)
        return text if encoding == JSON else to_protobuf(signal, text, BODY_BYTES_MAX)

    return body


CASES = (
    Case("JSON without a document", lambda *_: b"", 400, 3, "the body is empty", only=JSON),
    Case("JSON that is no object", lambda *_: b"[1]", 400, 3, "is no object", only=JSON),
    Case("garbage", lambda *_: bytes(range(255, 0, -1)) * 3, 400, 3, NO_REQUEST),
    Case("text", lambda *_: b"hello, is this a log?", 400, 3, NO_REQUEST),
    Case("cut off", lambda *asked: good(*asked)[:-1], 400, 3, NO_REQUEST),
    Case("one byte too much", lambda *asked: good(*asked) + b"\x07", 400, 3, NO_REQUEST),
    Case("the other encoding", lambda signal, encoding:
         good(signal, JSON if encoding == PROTOBUF else PROTOBUF), 400, 3, NO_REQUEST),
    Case("content type", good, 415, 3, "Content-Type 'text/plain' is neither",
         {"Content-Type": "text/plain"}),
    Case("no content type", good, 415, 3, "Content-Type '' is neither", {"Content-Type": ""}),
    Case("encoding", good, 415, 3, "Content-Encoding 'br' is not known; send deflate, gzip,",
         {"Content-Encoding": "br"}),
    Case("no gzip", good, 400, 3, "the body is not gzip", {"Content-Encoding": "gzip"}),
    Case("no deflate", good, 400, 3, "the body is not deflate", {"Content-Encoding": "deflate"}),
    Case("no zstd", good, 400, 3, "the body is not zstd", {"Content-Encoding": "zstd"}),
    Case("gzip cut off", lambda *asked: gzip.compress(good(*asked))[:-9], 400, 3,
         "the gzip body is cut off", {"Content-Encoding": "gzip"}),
    Case("deflate cut off", lambda *asked: zlib.compress(good(*asked))[:-5], 400, 3,
         "the deflate body is cut off", {"Content-Encoding": "deflate"}),
    Case("zstd cut off", lambda *asked: zstd.compress(good(*asked))[:-3], 400, 3,
         "the zstd body is cut off", {"Content-Encoding": "zstd"}),
    Case("too long as sent", lambda *_: b" " * (WIRE_BODY_BYTES_MAX + 1), 413, 8,
         "wire_body_bytes_max = 524288"),
    Case("too long when decompressed", lambda *_: gzip.compress(b" " * (BODY_BYTES_MAX + 1)), 413,
         8, "body_bytes_max = 1048576", {"Content-Encoding": "gzip"}),
    Case("too many resources", lambda *_: gzip.compress(b"\x0a\x00" * (OTLP_FIELDS_MAX + 1)), 413,
         8, f"otlp_fields_max = {OTLP_FIELDS_MAX}", {"Content-Encoding": "gzip"}, PROTOBUF),
    Case("too deep", encoded(lambda signal: nested(signal, VALUE_DEPTH_MAX + 1)), 400, 3,
         "nested more than VALUE_DEPTH_MAX"),
    Case("too deep in a resource",
         encoded(lambda signal: nested(signal, VALUE_DEPTH_MAX + 1, resource=True)), 400, 3,
         "nested more than VALUE_DEPTH_MAX"),
    Case("far too deep", lambda signal, _: nested(signal, 150), 400, 3, "nested more than",
         only=JSON),
    Case("brackets", lambda *_: b'{"resourceLogs":' + b"[" * 100_000, 400, 3,
         "nested more than|is no object", only=JSON),
    Case("wrong wire type", lambda signal, _: patched(signal, b"\x0a\x03key", b"\x08\x03key"), 400,
         3, r"byte \d+ of the request", only=PROTOBUF),
    Case("a group", lambda *_: b"\x0b\x0c", 400, 3, "wire type 3, which OTLP does not use",
         only=PROTOBUF),
    Case("JSON that is no UTF-8",
         lambda signal, _: good(signal, JSON).replace(b"text", b"\xff\xfe"), 400, 3,
         "the body is not JSON", only=JSON),
    json_case("negative time", lambda r: r.update({time_of(r): -1}), "= .?-1.? is no fixed64"),
    json_case("negative text", lambda r: r.update({time_of(r): "-1"}), "= .?-1.? is no fixed64"),
    json_case("time of 65 bits", lambda r: r.update({time_of(r): str(2**64)}), "is no fixed64"),
    json_case("time that is no number", lambda r: r.update({time_of(r): "now"}), "is no integer"),
    json_case("trace id", lambda r: ids_of(r).update(traceId="xyz"), "traceId is not hexadecimal"),
    json_case("half a byte", lambda r: ids_of(r).update(spanId="abc"), "spanId is not hexadecimal"),
    json_case("number as id", lambda r: ids_of(r).update(traceId=7), "traceId is no text"),
    json_case("attributes", lambda r: r.update(attributes={"a": 1}), "attributes is no array"),
    json_case("attribute", lambda r: r.update(attributes=[7]), r"attributes\[0\] is no object"),
    json_case("integer", lambda r: r["attributes"][0].update(value={"intValue": "1.5"}),
              "intValue = '1.5' is no integer"),
    json_case("bytes", lambda r: r["attributes"][0].update(value={"bytesValue": "%%"}),
              "bytesValue is not base64"),
)  # fmt: skip


def post(receiver, signal: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    """Send a body; a header that is empty is not sent."""
    sent = {name: value for name, value in headers.items() if value}
    with httpx.Client() as client:
        request = client.build_request(
            "POST", f"{receiver.url}/v1/{signal}", content=body, headers=sent, timeout=60
        )
        return client.send(request)


def status_of(answer: httpx.Response, encoding: str) -> tuple[int, str]:
    """Return code and text of an answer, which are in the encoding of the request."""
    assert answer.headers["content-type"] == encoding
    if encoding == JSON:
        assert set(answer.json()) == {"code", "message"}
        return answer.json()["code"], answer.json()["message"]
    found = Status.FromString(answer.content)
    return found.code, found.message


def asked(cases: tuple[Case, ...]) -> list[Any]:
    """Return every case for every signal in the encodings that it is about."""
    return [
        pytest.param(case, signal, encoding, id=f"{case.name}-{signal}-{encoding.split('-')[-1]}")
        for case in cases
        for signal in SIGNALS
        for encoding in ENCODINGS
        if case.only in {"", encoding}
    ]


@pytest.fixture(scope="module")
def receiver(
    postgres_server: EmbeddedPostgres, migrated_template: str, tmp_path_factory
) -> Iterator[RunningReceiver]:
    """One receiver for the whole table: nothing that is sent may harm what is sent after it."""
    name = f"malformed_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    lake = LakeSettings(
        database_url=postgres_server.url(name), root_uri=tmp_path_factory.mktemp("lake").as_uri()
    )
    running = RunningReceiver(IngestSettings(**LIMITS), lake, None)
    running.start()
    yield running
    running.stop()
    with psycopg.connect(postgres_server.url(), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(("case", "signal", "encoding"), asked(CASES))
def test_what_can_never_succeed_is_refused(
    case: Case, signal: str, encoding: str, receiver: RunningReceiver
) -> None:
    """
    A Status in the encoding of the request, with one line that says what is wrong; nothing is
    stored, nothing says that sending again would help, and what is right is taken afterwards.
    """
    before = receiver.rows("SELECT count(*) FROM blocks")
    headers = {"Content-Type": encoding} | case.headers
    answer = post(receiver, signal, case.body(signal, encoding), headers)
    assert answer.status_code == case.status, answer.text
    assert "retry-after" not in answer.headers
    answered_in = headers["Content-Type"] if headers["Content-Type"] in ENCODINGS else PROTOBUF
    code, text = status_of(answer, answered_in)
    assert code == case.code
    assert re.search(case.text, text), text
    assert len(text) < TEXT_CHARS_MAX
    assert "\n" not in text
    assert receiver.rows("SELECT count(*) FROM blocks") == before
    after = post(receiver, signal, good(signal, encoding), {"Content-Type": encoding})
    assert (after.status_code, after.content) == (200, b"{}" if encoding == JSON else b"")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("signal", SIGNALS)
def test_what_may_succeed_later_is_to_be_sent_again(
    signal: str, encoding: str, start_receiver
) -> None:
    """
    503 with Retry-After and a Status, whatever is sent.
    """
    receiver = start_receiver(in_flight_bytes_max=20)
    answer = post(receiver, signal, good(signal, encoding), {"Content-Type": encoding})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
    code, text = status_of(answer, encoding)
    assert code == 14
    assert "over in_flight_bytes_max = 20: send this again" in text


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("signal", SIGNALS)
def test_a_fault_of_our_own_loses_nothing(signal: str, encoding: str, start_receiver) -> None:
    """
    After 500 an exporter would drop what it has; so a fault is told as 503, and sent again.
    """
    receiver = start_receiver()
    groups, receiver.receiver.groups = receiver.receiver.groups, None
    try:
        answer = post(receiver, signal, good(signal, encoding), {"Content-Type": encoding})
    finally:
        receiver.receiver.groups = groups
    assert (answer.status_code, answer.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
    code, text = status_of(answer, encoding)
    assert (code, text) == (14, FAULT)
    again = post(receiver, signal, good(signal, encoding), {"Content-Type": encoding})
    assert again.status_code == 200


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("signal", SIGNALS)
def test_a_resource_that_is_too_long_is_counted_as_rejected(
    signal: str, encoding: str, receiver: RunningReceiver
) -> None:
    """
    Partial success with the number of records, which is no error: it is not sent again.
    """
    text = document(signal)
    record_of(text)["attributes"][0]["value"]["stringValue"] = "x" * LIMITS["payload_bytes_max"]
    body = encoded(lambda _: json.dumps(text).encode())(signal, encoding)
    answer = post(receiver, signal, body, {"Content-Type": encoding})
    assert answer.status_code == 200
    response, member = RESPONSES[signal]
    if encoding == PROTOBUF:
        told = MessageToDict(response.FromString(answer.content))["partialSuccess"]
    else:
        told = answer.json()["partialSuccess"]
    assert told[member] == "1"
    assert "payload_bytes_max" in told["errorMessage"]


def far(signal: str, nanos: int) -> bytes:
    """Return a request whose record is of another time, which both encodings have."""
    return changed(signal, lambda record: record.update({time_of(record): str(nanos)}))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda signal: b"{}", id="nothing"),
        pytest.param(lambda signal: far(signal, 1), id="1970"),
        pytest.param(lambda signal: far(signal, 2**63 - 1), id="2262"),
        pytest.param(lambda signal: far(signal, 2**63), id="beyond 2262"),
        pytest.param(lambda signal: far(signal, 2**64 - 1), id="the last time of all"),
        pytest.param(
            lambda signal: changed(signal, lambda r: ids_of(r).update(traceId="", spanId="00")),
            id="ids of other lengths",
        ),
        pytest.param(lambda signal: nested(signal, VALUE_DEPTH_MAX), id="as deep as allowed"),
        pytest.param(lambda signal: changed(signal, lambda r: r.update(new=[{}])), id="unknown"),
    ],
)
@pytest.mark.parametrize("signal", SIGNALS)
def test_what_is_only_odd_is_taken(
    signal: str, change: Callable[[str], bytes], encoding: str, receiver: RunningReceiver
) -> None:
    """
    A clock that is wrong, ids of other lengths, fields of a later version: data like any other.
    """
    body = encoded(change)(signal, encoding)
    answer = post(receiver, signal, body, {"Content-Type": encoding})
    assert (answer.status_code, answer.content) == (200, b"{}" if encoding == JSON else b"")


@pytest.mark.parametrize("signal", SIGNALS)
def test_text_that_is_no_utf_8_is_taken_from_protobuf(
    signal: str, receiver: RunningReceiver
) -> None:
    """
    Some languages have texts of bytes; the record is not lost, its text is repaired in its row.
    """
    body = patched(signal, b"text", b"te\xff\xfe")
    answer = post(receiver, signal, body, {"Content-Type": PROTOBUF})
    assert answer.status_code == 200
