"""Webhooks against a real receiver: one row for each delivery, whoever sends it and however."""

import gzip
import hashlib
import json
import time
import uuid

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from ingest_api.otlp.identity import NS_BLOCK, process_id
from ingest_api.otlp.split import split
from ingest_api.webhook import as_otlp, told_by

HEADERS = {
    "X-Micromegas-Service-Name": "gitlab",
    "X-Micromegas-Service-Namespace": "ci",
    "X-Micromegas-Target": "gitlab.push",
    "Content-Type": "application/json",
}
BODY = json.dumps({"object_kind": "push", "who": "Zoë"}).encode()


def post(receiver, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """Deliver a body."""
    chosen = HEADERS if headers is None else headers
    url = f"{receiver.url}/ingestion/webhook"
    return httpx.post(url, content=body, headers=chosen, timeout=60)


def test_a_delivery_is_one_row_as_old_as_its_arrival(receiver) -> None:
    """
    The text of the body, the target and the sender that the headers name, at level info.
    """
    before = time.time_ns()
    answer = post(receiver, BODY)
    assert (answer.status_code, answer.content) == (200, b"")
    (row,) = receiver.view("log_entries")
    assert row["msg"] == BODY.decode()
    assert (row["exe"], row["target"], row["level"]) == ("ci/gitlab", "gitlab.push", 4)
    assert before // 1000 * 1000 <= row["time"].timestamp() * 1e9 + 1e6
    ((begin, known),) = receiver.rows("SELECT begin_time_ns, process_id::text FROM blocks")
    assert before <= begin <= time.time_ns()
    assert known == process_id({"service.name": "gitlab", "service.namespace": "ci"})


def test_headers_are_optional_and_so_is_the_type_of_the_content(receiver) -> None:
    """
    A sender that cannot set headers is stored under no name.
    """
    for content_type in ("text/plain", "application/x-protobuf", ""):
        assert post(receiver, b"hello", {"Content-Type": content_type}).status_code == 200
    assert [(row["msg"], row["exe"]) for row in receiver.view("log_entries")] == [("hello", "")] * 3


@pytest.mark.parametrize(
    ("body", "msg"),
    [
        (b"\xff\xfehi\xe2\x82", "\ufffd\ufffdhi\ufffd"),
        (b"a\0b", "a\0b"),
        ("\N{GRINNING FACE}".encode(), "\N{GRINNING FACE}"),
    ],
    ids=["latin", "nul", "face"],
)
def test_a_body_that_is_no_text_is_repaired(receiver, body: bytes, msg: str) -> None:
    """
    Bytes that are no UTF-8 are replaced, the rest is kept.
    """
    assert post(receiver, body).status_code == 200
    assert [row["msg"] for row in receiver.view("log_entries")] == [msg]


def test_a_retry_changes_nothing_and_another_delivery_of_the_same_body_is_another_row(
    receiver,
) -> None:
    """
    A header that numbers deliveries tells them apart.
    """
    for delivery in ("1", "1", "2"):
        assert post(receiver, BODY, HEADERS | {"X-Delivery": delivery}).status_code == 200
    assert len(receiver.view("log_entries")) == 2
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == 1


def test_headers_count_whatever_their_order_and_case() -> None:
    """
    As Micromegas has it: names in lower case, sorted, each and its value closed by a NUL.
    """
    headers = [(b"X-B", b"2"), (b"x-b", b"1"), (b"A", b"\xff")]
    assert told_by(headers) == b"a\0\xff\0x-b\x001\0x-b\x002\0"


def test_the_record_is_written_as_protobuf_writes_it() -> None:
    """
    Its bytes are part of the id; the scope is there though it has no name.
    """
    written = as_otlp([], BODY)
    request = ExportLogsServiceRequest.FromString(written)
    assert request.SerializeToString() == written
    assert request.resource_logs[0].scope_logs[0].HasField("scope")


def test_what_is_stored_has_the_id_of_its_headers_and_bytes(receiver) -> None:
    """
    Down to what the HTTP client adds on its own.
    """
    sent = post(receiver, BODY).request
    headers = [(name.lower(), value) for name, value in sent.headers.raw]
    record = ExportLogsServiceRequest.FromString(as_otlp(headers, BODY)).resource_logs[0]
    name = told_by(headers) + record.SerializeToString()
    expected = uuid.UUID(bytes=hashlib.sha1(NS_BLOCK.bytes + name).digest()[:16], version=5)
    assert receiver.rows("SELECT block_id FROM blocks") == [(expected,)]


def test_a_header_that_is_not_plain_ascii_names_nobody() -> None:
    """
    Of two headers of one name the first counts.
    """
    headers = [
        (b"x-micromegas-service-name", "caf\u00e9".encode("latin-1")),
        (b"x-micromegas-target", b"first"),
        (b"x-micromegas-target", b"second"),
    ]
    (found,) = ExportLogsServiceRequest.FromString(as_otlp(headers, b"x")).resource_logs
    assert list(found.resource.attributes) == []
    assert found.scope_logs[0].scope.name == "first"


names = st.sampled_from([b"x-micromegas-service-name", b"X-Micromegas-Target", b"accept", b""])


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.lists(st.tuples(names, st.binary(max_size=10))))
def test_any_body_with_any_headers_is_one_record(body: bytes, headers: list) -> None:
    """
    Its text is the body's, and it can be stored.
    """
    told = as_otlp(headers, body)
    (resource,) = ExportLogsServiceRequest.FromString(told).resource_logs
    (record,) = resource.scope_logs[0].log_records
    assert record.body.string_value == body.decode("utf-8", "replace")
    assert len(split("logs", told, 1 << 20, extra=told_by(headers)).submissions) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        (b"", {}, 400, "empty body"),
        (gzip.compress(b"", mtime=0), {"Content-Encoding": "gzip"}, 400, "empty body"),
        (b"xyz", {"Content-Encoding": "gzip"}, 400, "the body is not gzip"),
        (b"x", {"Content-Encoding": "br"}, 415, "Content-Encoding 'br' is not known"),
        (b"x" * 3000, {}, 413, "payload_bytes_max = 2000"),
        (b"x" * 5000, {}, 413, "wire_body_bytes_max = 4000"),
    ],
)
def test_what_is_wrong_is_told_in_text(
    start_receiver, body: bytes, headers: dict[str, str], status: int, message: str
) -> None:
    """
    And nothing is stored.
    """
    receiver = start_receiver(payload_bytes_max=2000, wire_body_bytes_max=4000)
    answer = post(receiver, body, headers)
    assert (answer.status_code, message in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]


def test_a_busy_receiver_asks_to_be_tried_again(start_receiver) -> None:
    """
    503 with Retry-After.
    """
    answer = post(start_receiver(in_flight_bytes_max=100), b"x" * 110)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "in_flight_bytes_max = 100" in answer.text
