"""Pushes against a real receiver: every line is a row as it was sent, in whichever form."""

import gzip
import json

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from ingest_api.errors import OverLimit
from ingest_api.limits import LOKI_LABELS_BYTES_MAX, LOKI_STREAMS_MAX
from ingest_api.loki import as_otlp, from_json, from_protobuf
from ingest_api.loki.push import Refused
from tests.ingest_api.loki.messages import NOW, in_json, message, snappy

PROTOBUF, JSON = "application/x-protobuf", "application/json"
SHOP = {"app": "shop", "env": "test", "level": "warn", "instance": "a:1"}
STREAMS = (
    (SHOP, [(NOW, "first"), (NOW + 1, "second", {"trace_id": "0af7651916cd43dd8448eb211c80319c"})]),
    ({"job": "cron", "user": "ada"}, [(NOW + 2, "third \N{GRINNING FACE}\n", {"user": "bob"})]),
)


def post(receiver, body: bytes, content_type: str = JSON, **headers: str) -> httpx.Response:
    """Push a body."""
    named = {"Content-Type": content_type} | {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx.post(f"{receiver.url}/loki/api/v1/push", content=body, headers=named, timeout=60)


def in_protobuf(*streams) -> bytes:
    """Return a push as clients send it in protobuf."""
    return snappy(message(*streams).SerializeToString())


FORMS = {
    "json": (in_json(*STREAMS), JSON, {}),
    "json-gzip": (gzip.compress(in_json(*STREAMS)), JSON, {"Content_Encoding": "gzip"}),
    "protobuf": (in_protobuf(*STREAMS), PROTOBUF, {}),
    "protobuf-named": (in_protobuf(*STREAMS), PROTOBUF, {"Content_Encoding": "Snappy"}),
    "protobuf-gzip": (gzip.compress(in_protobuf(*STREAMS)), PROTOBUF, {"Content_Encoding": "gzip"}),
    "protobuf-untold": (in_protobuf(*STREAMS), "", {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_line_is_a_row_with_its_labels_and_metadata(receiver, form: str) -> None:
    """
    Nanoseconds are kept, labels name the process, the level and the trace are understood.
    """
    body, content_type, headers = FORMS[form]
    answer = post(receiver, body, content_type, **headers)
    assert (answer.status_code, answer.content) == (204, b"")
    rows = receiver.view("log_entries")
    assert [(row["msg"], row["exe"], row["level"]) for row in rows] == [
        ("first", "shop", 3), ("second", "shop", 3), ("third \N{GRINNING FACE}\n", "cron", 4),
    ]  # fmt: skip
    trace = "0af7651916cd43dd8448eb211c80319c"
    assert [row["properties"] for row in rows] == [
        SHOP,
        SHOP | {"trace_id": trace, "otel.trace_id": trace},
        {"job": "cron", "user": "ada", "user_extracted": "bob", "otel.severity_number": "0"},
    ]
    assert receiver.rows("SELECT begin_time_ns, end_time_ns FROM blocks ORDER BY 1") == [
        (NOW, NOW + 1), (NOW + 2, NOW + 2),
    ]  # fmt: skip
    assert receiver.rows("SELECT properties FROM processes WHERE exe = 'shop'") == [
        ({"otel.resource.service.name": "shop", "otel.resource.service.instance.id": "a:1"},)
    ]


def test_both_forms_of_a_push_are_the_same_blocks(receiver) -> None:
    """
    And pushing again, in any of them, changes nothing.
    """
    for body, content_type, headers in FORMS.values():
        assert post(receiver, body, content_type, **headers).status_code == 204
    assert receiver.rows("SELECT count(*) FROM blocks") == [(2,)]
    expected = 2 * (len(FORMS) - 1)
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == expected


def test_what_a_push_becomes_is_what_protobuf_would_write() -> None:
    """
    So ids are the same whoever serializes it.
    """
    told = as_otlp.request_of(
        from_json.streams_of(in_json(*STREAMS), Refused()), Refused(), 1 << 20, 1 << 20
    )
    request = ExportLogsServiceRequest.FromString(told)
    assert request.SerializeToString() == told
    assert len(request.resource_logs) == 2


def test_labels_with_many_values_make_rows_different_and_no_process(receiver) -> None:
    """
    A process is who logs, whatever the other labels are.
    """
    streams = [({"app": "shop", "request": f"r{n}"}, [(NOW + n, f"line {n}")]) for n in range(500)]
    assert post(receiver, in_protobuf(*streams), PROTOBUF).status_code == 204
    assert receiver.rows("SELECT exe FROM processes") == [("shop",)]
    assert receiver.rows("SELECT nb_objects FROM blocks") == [(500,)]
    rows = receiver.view("log_entries")
    assert [row["properties"]["request"] for row in rows] == [f"r{n}" for n in range(500)]


@pytest.mark.parametrize("form", ["json", "protobuf"])
def test_a_stream_or_a_line_that_cannot_be_stored_does_not_take_the_others_with_it(
    start_receiver, form: str
) -> None:
    """
    400 with the counts and the first reason; pushing again stores nothing twice.
    """
    receiver = start_receiver(payload_bytes_max=2000)
    streams = [
        (SHOP, [(NOW, "good"), (0, "without a time"), (NOW, "x" * 2000)]),
        ({}, [(NOW, "nobody's")]),
        ({"job": "cron"}, [(NOW, "good too"), (-5, "before time"), (2**63, "after it")]),
    ]
    body = in_json(*streams) if form == "json" else in_protobuf(*streams)
    for _ in range(2):
        answer = post(receiver, body, JSON if form == "json" else PROTOBUF)
        assert answer.status_code == 400
        assert answer.text.startswith("not stored: 1 streams and 4 lines; 0 is no time of a line")
    assert {row["msg"] for row in receiver.view("log_entries")} == {"good", "good too"}


def test_labels_that_break_their_syntax_are_refused_with_the_position(receiver) -> None:
    """
    The other streams are stored.
    """
    body = in_protobuf(("{app=shop}", [(NOW, "lost")]), ({"app": "kept"}, [(NOW, "kept")]))
    answer = post(receiver, body, PROTOBUF)
    assert answer.status_code == 400
    assert "1 streams and 0 lines; position 5 of the labels {app=shop}: a string" in answer.text
    assert [row["msg"] for row in receiver.view("log_entries")] == ["kept"]


def test_many_lines_of_one_process_are_cut_into_blocks(start_receiver) -> None:
    """
    A payload has a limit, a push of one service has no need of it.
    """
    receiver = start_receiver(payload_bytes_max=3000)
    lines = [(NOW + n, f"line {n:05}") for n in range(500)]
    for body, content_type in (
        (in_json((SHOP, lines)), JSON), (in_protobuf((SHOP, lines)), PROTOBUF),
    ):  # fmt: skip
        assert post(receiver, body, content_type).status_code == 204
    ((blocks, longest),) = receiver.rows("SELECT count(*), max(payload_size) FROM blocks")
    assert blocks > 10
    assert 2800 < longest <= 3000
    assert [row["msg"] for row in receiver.view("log_entries")] == [line for _, line in lines]


@pytest.mark.parametrize(
    "body", [b'{"streams": []}', in_json((SHOP, [])), b'{"streams": [{"stream": {"a": "b"}}]}']
)
def test_nothing_to_store_is_stored(receiver, body: bytes) -> None:
    """
    A push without lines is a success.
    """
    assert post(receiver, body).status_code == 204
    assert receiver.rows("SELECT count(*) FROM processes") == [(0,)]


def one(values: object = None, stream: object = None) -> bytes:
    """Return a push of one stream, of which something is not as it should be."""
    return json.dumps(
        {"streams": [{"stream": stream or {"a": "b"}, "values": values or []}]}
    ).encode()


@pytest.mark.parametrize(
    ("body", "content_type", "status", "reason"),
    [
        (b"", JSON, 400, "the body is not JSON"),
        (b"{", JSON, 400, "the body is not JSON: Expecting property name"),
        (b"[" * 100_000, JSON, 400, "nested too deep"),
        (b"{}", JSON, 400, "the body has no array 'streams'"),
        (b'{"streams": [3]}', JSON, 400, "streams[0] is no object"),
        (one(stream=[1]), JSON, 400, "streams[0].stream is no object"),
        (one(stream={"a": []}), JSON, 400, "streams[0].stream.a is no text"),
        (one({"a": 1}), JSON, 400, "streams[0].values is no array"),
        (one([["1", "a"], ["2"]]), JSON, 400, "streams[0].values[1] is no array of a time"),
        (one([["1", 2]]), JSON, 400, "streams[0].values[0][1] is no text"),
        (one([["soon", "a"]]), JSON, 400, "values[0][0] = 'soon' is no integer of nanoseconds"),
        (one([["1" * 5000, "a"]]), JSON, 400, "is no integer of nanoseconds"),
        (one([[1.5, "a"]]), JSON, 400, "is no integer of nanoseconds"),
        (one([["1", "a", []]]), JSON, 400, "streams[0].values[0][2] is no object"),
        (one([["1", "a", {"k": {}}]]), JSON, 400, "streams[0].values[0][2].k is no text"),
        (in_json(*STREAMS), PROTOBUF, 400, "the body is not snappy"),
        (b"", PROTOBUF, 400, "the body is empty"),
        (snappy(b"\x0a\x05ab"), PROTOBUF, 400, "byte 0 of the push: field 1 has 5 bytes"),
        (snappy(b"\x0a\x03\x12\x07a"), PROTOBUF, 400, "byte 2 of the push: field 2 has 7 bytes"),
        (snappy(b"\x08\x01"), PROTOBUF, 400, "byte 0 of the push: field 1 has wire type 0"),
        (b"x", "text/plain", 415, "Content-Type 'text/plain' is neither"),
        (b"\0" * (1 << 20), JSON, 413, "wire_body_bytes_max"),
        (snappy(bytes(1 << 21)), PROTOBUF, 413, "body_bytes_max"),
        (in_protobuf(({"a": "b" * 100_000}, [(NOW, "x")] * 11)), PROTOBUF, 413, "labels count"),
        (b'{"streams": [' + b"{}," * LOKI_STREAMS_MAX + b"{}]}", JSON, 413, "loki_streams_max"),
        (snappy(b"\x0a\x00" * (LOKI_STREAMS_MAX + 1)), PROTOBUF, 413, "loki_streams_max"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_text(
    start_receiver, body: bytes, content_type: str, status: int, reason: str
) -> None:
    """
    Clients show it to people; none of these is worth sending again.
    """
    receiver = start_receiver(wire_body_bytes_max=1 << 19, body_bytes_max=1 << 20)
    answer = post(receiver, body, content_type)
    assert (answer.status_code, reason in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]


def test_a_busy_receiver_asks_to_be_tried_again(start_receiver) -> None:
    """
    503 with Retry-After, after which clients push again.
    """
    answer = post(start_receiver(in_flight_bytes_max=100), in_json(*STREAMS))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


def test_text_that_is_no_unicode_is_repaired(receiver) -> None:
    """
    As Loki does it: one wrong byte costs a character, not the push.
    """
    body = in_json(({"app": "shop"}, [(NOW, "half #")])).replace(b"#", b"\\ud83d")
    assert post(receiver, body).status_code == 204
    body = in_json(({"app": "shop"}, [(NOW + 1, "byte #")])).replace(b"#", b"\xff")
    assert post(receiver, body).status_code == 204
    push = message(({"app": "shop"}, [(NOW + 2, "wire #")])).SerializeToString()
    assert post(receiver, snappy(push.replace(b"#", b"\xff")), PROTOBUF).status_code == 204
    assert [row["msg"] for row in receiver.view("log_entries")] == [
        "half \ufffd", "byte \ufffd", "wire \ufffd",
    ]  # fmt: skip


def test_labels_and_metadata_that_are_no_text_are_taken_as_json_writes_them(receiver) -> None:
    """
    Loki takes such labels, and libraries send them; null is nothing.
    """
    labels = {"app": "shop", "pid": 12, "debug": True, "load": 0.5, "host": None}
    body = json.dumps(
        {"streams": [{"stream": labels, "values": [[NOW, "a", {"n": 1, "none": None}]]}]}
    )
    assert post(receiver, body.encode()).status_code == 204
    (row,) = receiver.view("log_entries")
    assert row["properties"] == {
        "app": "shop", "pid": "12", "debug": "true", "load": "0.5", "n": "1",
        "otel.severity_number": "0",
    }  # fmt: skip
    assert row["computer"] == ""


def test_more_labels_than_are_parsed_are_over_a_limit() -> None:
    """
    Of all streams together: they are read sign by sign.
    """
    stream = message(({"a": "b" * (LOKI_LABELS_BYTES_MAX // 4)}, [])).SerializeToString()
    assert len(list(from_protobuf.streams_of(stream * 3, Refused()))) == 3
    with pytest.raises(OverLimit, match="loki_labels_bytes_max"):
        list(from_protobuf.streams_of(stream * 4, Refused()))


def test_labels_may_come_after_the_lines() -> None:
    """
    Protobuf has no order of fields.
    """
    push = message(({"app": "shop"}, [(NOW, "a")]))
    entry = push.streams[0].entries[0].SerializeToString()
    stream = b"\x12" + bytes([len(entry)]) + entry + b"\x0a\x0c" + b'{app="shop"}'
    body = b"\x0a" + bytes([len(stream)]) + stream
    (found,) = from_protobuf.streams_of(body, Refused())
    assert (found.labels, list(found.entries)) == ({"app": "shop"}, [(NOW, b"a", ())])
