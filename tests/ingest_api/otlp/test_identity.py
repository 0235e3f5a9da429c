"""Ids of processes, streams and blocks: the same as Micromegas derives from the same contents."""

import pytest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from assets.otlp_wire.wire import Payload
from ingest_api.otlp.identity import attributes_of, block_id, process_id, stream_id
from ingest_api.otlp.rust_debug import debug_texts
from ingest_api.otlp.senders import sender_of

KNOWN = {
    "host.name": "my-host",
    "service.name": "my-service",
    "os.type": "linux",
    "os.version": "5.15.0",
    "host.arch": "x86_64",
    "service.version": "2.3.1",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "rust",
    "telemetry.sdk.version": "0.28.0",
    "process.runtime.name": "rustc",
    "process.runtime.version": "1.88.0",
}


def test_the_references_vectors_hold() -> None:
    """
    Clients that move between the two systems stay the same processes and streams.
    """
    process = process_id(KNOWN)
    assert process == "92267645-021b-5d0f-960b-c74719552658"
    assert stream_id(process, "logs") == "ae44e25c-1104-5f49-90b6-0e54c2f6d547"
    assert stream_id(process, "metrics") == "6af74d64-2cbc-5033-bf41-447cf19830aa"
    assert stream_id(process, "traces") == "918caf1a-b4dc-56c4-8d52-02933f467b7e"


def test_what_differs_in_a_resource_that_matters_makes_another_process() -> None:
    """
    Capitals and spaces do not count, but in pid and creation time; other attributes do not at all.
    """
    same = [
        KNOWN | {"host.name": " MY-HOST "},
        KNOWN | {"deployment.environment": "test"},
    ]
    other = [
        KNOWN | {"process.pid": "1"},
        KNOWN | {"process.start_time": "2026-11-23T00:00:00Z"},
        KNOWN | {"user.name": "ada"},
        KNOWN | {"service.instance.id": "1"},
    ]
    assert {process_id(attributes) for attributes in same} == {process_id(KNOWN)}
    found = {process_id(attributes) for attributes in (KNOWN, *other)}
    assert len(found) == 1 + len(other)


def test_a_creation_time_is_also_known_by_its_other_name() -> None:
    """
    process.start_time stands in where process.creation.time is missing.
    """
    when = "2026-11-23T00:00:00Z"
    wanted = process_id(KNOWN | {"process.creation.time": when})
    assert process_id(KNOWN | {"process.start_time": when}) == wanted
    both = {"process.start_time": when, "process.creation.time": ""}
    assert process_id(KNOWN | both) == wanted


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("string_value", "ü", "ü"),
        ("int_value", -7, "-7"),
        ("bool_value", True, "true"),
        ("double_value", 1.0, "1"),
        ("double_value", 1e21, "1000000000000000000000"),
        ("double_value", 1e-7, "0.0000001"),
        ("double_value", float("-inf"), "-inf"),
        ("bytes_value", b"\x01\x02", "[1, 2]"),
    ],
)
def test_values_are_written_as_they_count(kind: str, value: object, text: str) -> None:
    """
    A number in a process's key looks as the reference writes it, which is not how rows show it.
    """
    resource = Resource()
    for found in (value, type(value)()):
        setattr(resource.attributes.add(key="k").value, kind, found)
    payload = Payload(resource.SerializeToString())
    assert attributes_of(payload, (0, len(payload.data))) == {"k": text}


def test_a_block_is_known_by_its_bytes() -> None:
    """
    Equal bytes are the same block, whoever sends them.
    """
    assert block_id(b"a") == block_id(b"a") != block_id(b"b")


def test_what_a_client_says_of_a_delivery_makes_equal_bytes_another_block() -> None:
    """
    It is hashed in front of the payload, as Micromegas does it.
    """
    assert block_id(b"payload", b"extra-") == block_id(b"extra-payload")
    assert block_id(b"payload", b"1") != block_id(b"payload", b"2")
    assert block_id(b"payload", b"") == block_id(b"payload")


def test_an_array_in_a_processes_key_is_written_as_rust_shows_it() -> None:
    """
    The text that Micromegas hashes: of a debug form, with members, escapes and floats of Rust's.
    """
    resource = Resource()
    values = resource.attributes.add(key="host.name").value.array_value.values
    values.add(string_value='a"\n\0é\u200b')
    for number in (1.0, 1e16, 1e-5, 0.0001, float("inf")):
        values.add(double_value=number)
    values.add(bytes_value=b"\x01")
    values.add()
    members = values.add().kvlist_value.values
    members.add(key="k").value.int_value = -1
    members.add(key="none")
    members.add(key="b").value.bool_value = True
    resource.attributes.add(key="host.name").value.array_value.values.add(int_value=2)
    payload = Payload(resource.SerializeToString())
    (text,) = debug_texts(payload, (0, len(payload.data))).values()
    numbers = ", ".join(
        f"AnyValue {{ value: Some(DoubleValue({shown})) }}"
        for shown in ("1.0", "1e16", "1e-5", "0.0001", "inf")
    )
    assert text == (
        'Some(ArrayValue(ArrayValue { values: [AnyValue { value: Some(StringValue("a\\"\\n\\0é'
        f'\\u{{200b}}")) }}, {numbers}, AnyValue {{ value: Some(BytesValue([1])) }}, '
        "AnyValue { value: None }, AnyValue { value: Some(KvlistValue(KeyValueList { values: ["
        'KeyValue { key: "k", value: Some(AnyValue { value: Some(IntValue(-1)) }), '
        'key_strindex: 0 }, KeyValue { key: "none", value: None, key_strindex: 0 }, '
        'KeyValue { key: "b", value: Some(AnyValue { value: Some(BoolValue(true)) }), '
        "key_strindex: 0 }] })) }] }))"
    )


def test_what_a_row_shows_of_an_array_is_json() -> None:
    """
    Only the key of a process has the other form.
    """
    resource = Resource()
    resource.attributes.add(key="host.name").value.array_value.values.add(int_value=2)
    sender = sender_of(resource.SerializeToString())
    assert sender.described.computer == "[2]"
    key = "Some(ArrayValue(ArrayValue { values: [AnyValue { value: Some(IntValue(2)) }] }))"
    assert sender.process_id == process_id({"host.name": key})
