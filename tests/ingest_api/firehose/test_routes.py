"""Firehose against a real receiver: what it is answered, and what of a broken delivery is kept."""

import gzip
import json
import time

import pytest

from ingest_api.firehose.envelope import answer
from ingest_api.firehose.routes import LOGS, METRICS
from ingest_api.limits import (
    FIREHOSE_ATTRIBUTES_MAX,
    FIREHOSE_ERROR_CHARS_MAX,
    FIREHOSE_RECORDS_MAX,
)
from tests.ingest_api.firehose.deliveries import deliver, exported, logged, send, streamed

PATHS = pytest.mark.parametrize("path", [METRICS, LOGS])
GOOD = {
    METRICS: [streamed(exported({"a": "A"})), streamed(exported({"b": "B"}))],
    LOGS: [logged("one"), logged("two", stream="web/2")],
}
VIEW = {METRICS: "measures", LOGS: "log_entries"}


@PATHS
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_answer_names_the_request_and_the_time(receiver, path: str, encoding: str) -> None:
    """
    In milliseconds; the id is that of the header, else that of the body.
    """
    body = json.dumps({"requestId": "in-the-body", "records": []}).encode()
    packed = gzip.compress(body) if encoding == "gzip" else body
    before = time.time_ns() // 1_000_000
    for header, request_id in (("a-request", "a-request"), ("", "in-the-body")):
        found = send(receiver, path, packed, X_Amz_Firehose_Request_Id=header,
                     Content_Encoding=encoding)  # fmt: skip
        assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
        told = found.json()
        assert told.keys() == {"requestId", "timestamp"}
        assert told["requestId"] == request_id
        assert before <= told["timestamp"] <= time.time_ns() // 1_000_000


@PATHS
def test_a_broken_record_does_not_take_the_others_with_it(receiver, path: str) -> None:
    """
    The delivery comes again, as Firehose does after an error, and stores nothing twice.
    """
    first, second = GOOD[path]
    for _ in range(2):
        found = deliver(receiver, path, [first, b"broken", second])
        assert found.status_code == 400
        assert found.json()["requestId"] == "a-request"
        assert found.json()["errorMessage"].startswith("1 of 3 records are refused; records[1]: ")
    assert receiver.rows("SELECT count(*) FROM blocks") == [(2,)]
    assert len({row["exe"] + str(row["process_id"]) for row in receiver.view(VIEW[path])}) == 2


@PATHS
@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"", {}, (400, "the body is not JSON")),
        (b"[]", {}, (400, "the body is no object")),
        (b"{}", {}, (400, "the body has no array 'records'")),
        (b'{"records": [1]}', {}, (400, "records[0]: no text 'data'")),
        (b'{"records": [{"data": 1}]}', {}, (400, "records[0]: no text 'data'")),
        (b'{"records": [{"data": "a*"}]}', {}, (400, "records[0]: 'data' is not base64")),
        (b"x", {"Content_Encoding": "br"}, (415, "Content-Encoding 'br' is not known")),
        (b"x" * (1 << 19), {}, (413, "wire_body_bytes_max")),
        (b'{"records": [' + b"0," * FIREHOSE_RECORDS_MAX + b"0]}", {},
         (413, "firehose_records_max")),
        (b'{"records": []}', {"X_Amz_Firehose_Common_Attributes": "x"}, (400, "is not JSON")),
        (b'{"records": []}', {"X_Amz_Firehose_Common_Attributes": '{"commonAttributes": {"a": 1}}'},
         (400, "has no object 'commonAttributes' of texts")),
        (b'{"records": []}', {"X_Amz_Firehose_Common_Attributes": json.dumps({"commonAttributes": {
            str(at): "" for at in range(FIREHOSE_ATTRIBUTES_MAX + 1)}})},
         (413, "firehose_attributes_max")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_as_firehose_reads_it(
    start_receiver, path: str, body: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    """
    Always with the id of the request.
    """
    receiver = start_receiver(wire_body_bytes_max=1 << 18)
    found = send(receiver, path, body, **headers)
    status, reason = expected
    assert found.status_code == status, found.text
    assert found.json().keys() == {"requestId", "timestamp", "errorMessage"}
    assert found.json()["requestId"] == "a-request"
    assert reason in found.json()["errorMessage"]


def test_records_that_are_too_long_together_are_refused_together(start_receiver) -> None:
    """
    413: Firehose keeps them in its bucket instead of sending them for ever.
    """
    receiver = start_receiver(body_bytes_max=20_000)
    found = deliver(receiver, LOGS, [logged("x" * 6000, stream=str(at)) for at in range(4)])
    assert found.status_code == 413
    assert "body_bytes_max = 20000: records count together" in found.json()["errorMessage"]
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]


def test_a_record_that_is_too_long_is_refused_alone(start_receiver) -> None:
    """
    Unpacked, or as a block.
    """
    receiver = start_receiver(body_bytes_max=20_000, payload_bytes_max=2_000)
    records = [logged("x" * 30_000), logged("y" * 3000), logged("kept")]
    found = deliver(receiver, LOGS, records)
    assert found.status_code == 413
    assert found.json()["errorMessage"].startswith("2 of 3 records are refused; records[0]: ")
    assert [row["msg"] for row in receiver.view("log_entries")] == ["kept"]


def test_a_busy_receiver_asks_to_be_tried_again(start_receiver) -> None:
    """
    503, after which Firehose delivers again.
    """
    found = deliver(start_receiver(in_flight_bytes_max=100), LOGS, [logged("one")])
    assert (found.status_code, found.json()["requestId"]) == (503, "a-request")
    assert int(found.headers["retry-after"]) >= 1


def test_a_message_is_no_longer_than_firehose_reads() -> None:
    """
    The rest is cut off.
    """
    told = json.loads(answer(400, "r", "x" * 10_000).body)
    assert len(told["errorMessage"]) == FIREHOSE_ERROR_CHARS_MAX


def test_many_records_are_one_delivery(receiver) -> None:
    """
    Counted: every event of every record is a row.
    """
    records = [logged(*(f"{at}-{n}" for n in range(20)), stream=f"s{at % 7}") for at in range(300)]
    assert deliver(receiver, LOGS, records).status_code == 200
    rows = receiver.view("log_entries")
    assert sorted(row["msg"] for row in rows) == sorted(
        f"{at}-{n}" for at in range(300) for n in range(20)
    )
    assert receiver.rows("SELECT count(*) FROM processes") == [(7,)]
