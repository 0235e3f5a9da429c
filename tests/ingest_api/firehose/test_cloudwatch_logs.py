"""Subscription filters of CloudWatch Logs through Firehose: every event is a row."""

import gzip
import json

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.firehose.cloudwatch_logs import as_otlp
from ingest_api.firehose.routes import LOGS
from ingest_api.otlp.identity import process_id
from tests.ingest_api.firehose.deliveries import NOW_MS, deliver, logged


def test_every_event_is_a_row_of_its_log_stream(receiver) -> None:
    """
    The group is the service, the stream its instance; the event's id is kept.
    """
    answer = deliver(receiver, LOGS, [logged("one", "two"), logged("three", stream="web/2")])
    assert answer.status_code == 200
    assert answer.json().keys() == {"requestId", "timestamp"}
    assert answer.json()["requestId"] == "a-request"
    rows = receiver.view("log_entries")
    assert sorted((row["msg"], row["properties"]["aws.log.event.id"]) for row in rows) == [
        ("one", "event-0"), ("three", "event-0"), ("two", "event-1"),
    ]  # fmt: skip
    assert {(row["exe"], row["level"]) for row in rows} == {("/ecs/shop", 4)}
    assert rows[-1]["time"].timestamp() == pytest.approx((NOW_MS + 1) / 1000)
    properties = receiver.rows(
        "SELECT properties FROM processes ORDER BY properties->>'otel.resource.aws.log.stream.name'"
    )
    assert properties[0][0] == {
        "otel.resource.service.name": "/ecs/shop",
        "otel.resource.service.instance.id": "web/1",
        "otel.resource.cloud.account.id": "123456789012",
        "otel.resource.aws.log.group.name": "/ecs/shop",
        "otel.resource.aws.log.stream.name": "web/1",
    }
    assert len(properties) == 2


def test_records_of_one_stream_in_a_delivery_are_blocks_of_one_process(receiver) -> None:
    """
    And the same record twice, in one delivery or in two, is one block.
    """
    records = [logged("one"), logged("two"), logged("one")]
    for _ in range(2):
        assert deliver(receiver, LOGS, records).status_code == 200
    assert receiver.rows("SELECT count(*) FROM blocks") == [(2,)]
    expected = process_id({"service.name": "/ecs/shop", "service.instance.id": "web/1"})
    assert receiver.rows("SELECT process_id::text FROM processes") == [(expected,)]


def test_messages_without_events_are_passed_over(receiver) -> None:
    """
    CloudWatch asks now and then whether somebody listens.
    """
    control = gzip.compress(b'{"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "x"}]}')
    assert deliver(receiver, LOGS, [control, logged()]).status_code == 200
    assert receiver.rows("SELECT count(*) FROM processes") == [(0,)]


def test_common_attributes_are_attributes_of_the_process(receiver) -> None:
    """
    What the record says of itself wins.
    """
    header = json.dumps({"commonAttributes": {"team": "shop", "cloud.account.id": "9"}})
    answer = deliver(receiver, LOGS, [logged("one")], X_Amz_Firehose_Common_Attributes=header)
    assert answer.status_code == 200
    ((properties,),) = receiver.rows("SELECT properties FROM processes")
    assert properties["otel.resource.team"] == "shop"
    assert properties["otel.resource.cloud.account.id"] == "123456789012"


def test_a_record_is_written_as_protobuf_writes_it() -> None:
    """
    Its bytes are its id; fields that a filter extracted are kept where there are some.
    """
    events = [
        {"id": "e", "timestamp": 0, "message": "m", "extractedFields": {"ip": "::1", "n": None}}
    ]
    told, size = as_otlp(logged(logEvents=events), {}, 10_000)
    request = ExportLogsServiceRequest.FromString(told)
    assert request.SerializeToString() == told
    (record,) = request.resource_logs[0].scope_logs[0].log_records
    assert [(one.key, one.value.string_value) for one in record.attributes] == [
        ("aws.log.event.id", "e"), ("aws.log.extracted.ip", "::1"), ("aws.log.extracted.n", ""),
    ]  # fmt: skip
    assert size == len(gzip.decompress(logged(logEvents=events)))


def test_a_record_that_firehose_decompressed_is_read_as_it_is() -> None:
    """
    It is the same block.
    """
    record = logged("one")
    assert as_otlp(gzip.decompress(record), {}, 10_000) == as_otlp(record, {}, 10_000)


def test_a_record_is_not_unpacked_beyond_the_limit() -> None:
    """
    A few bytes of gzip could be gigabytes.
    """
    with pytest.raises(OverLimit, match="body_bytes_max = 1000"):
        as_otlp(gzip.compress(bytes(1001)), {}, 1000)


def event(**changes: object) -> list[object]:
    """Return events of which the second is not as it should be."""
    good = {"id": "e", "timestamp": NOW_MS, "message": "m"}
    return [good, good | changes]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"plain text", "the body is not gzip"),
        (logged("x")[:-9], "the gzip body is cut off"),
        (gzip.compress(b"no JSON", mtime=0), "the body is not JSON"),
        (gzip.compress(b"[]", mtime=0), "no object"),
        (logged("x", logGroup=1), "logGroup is no text"),
        (logged("x", logStream=None), "logStream is no text"),
        (logged("x", owner=[]), "owner is no text"),
        (logged(logEvents={}), "'logEvents' is no array"),
        (logged(logEvents=[1]), r"logEvents\[0\] is no object"),
        (logged(logEvents=event(timestamp=-1)), r"logEvents\[1\].timestamp = -1 is no time"),
        (logged(logEvents=event(timestamp="1")), "is no time in milliseconds"),
        (logged(logEvents=event(timestamp=True)), "is no time in milliseconds"),
        (logged(logEvents=event(timestamp=2**62)), "is no time in milliseconds"),
        (logged(logEvents=event(message=1)), r"logEvents\[1\].message is no text"),
        (logged(logEvents=event(id=1)), r"logEvents\[1\].id is no text"),
        (logged(logEvents=event(extractedFields=[1])), "extractedFields is no object"),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_the_place(record: bytes, reason: str) -> None:
    """
    In words that lead to it.
    """
    with pytest.raises(MalformedBody, match=reason):
        as_otlp(record, {}, 100_000)
