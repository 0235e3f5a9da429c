"""The limits of the native format over HTTP: each is refused with its name and what to do."""

from dataclasses import replace

import pytest

from limnograph.wire import limits as wire
from limnograph.wire.envelope import encode_request


def too_many_blocks(client) -> bytes:
    return client.body(*(client.block(b"x") for _ in range(wire.REQUEST_BLOCKS_MAX + 1)))


def too_many_streams(client) -> bytes:
    streams = [client.stream()] * (wire.REQUEST_STREAMS_MAX + 1)
    return encode_request(client.process(), streams, [])


def too_long_a_name(client) -> bytes:
    return encode_request(client.process(exe="x" * (wire.TEXT_CHARS_MAX + 1)), [], [])


def too_many_properties(client) -> bytes:
    properties = {str(n): "" for n in range(wire.PROPERTIES_MAX + 1)}
    return encode_request(client.process(properties=properties), [], [])


def too_long_a_property(client) -> bytes:
    properties = {"k": "x" * (wire.PROPERTY_CHARS_MAX + 1)}
    return encode_request(client.process(), [client.stream(properties=properties)], [])


def too_many_tags(client) -> bytes:
    tags = tuple(str(n) for n in range(wire.TAGS_MAX + 1))
    return encode_request(client.process(), [client.stream(tags=tags)], [])


def too_large_a_payload(client) -> bytes:
    return client.body(client.block(bytes(1_001)))


def too_large_a_header(client) -> bytes:
    size = wire.REQUEST_HEADER_BYTES_MAX + 1
    return b"LIMNOREQ" + size.to_bytes(4, "little") + bytes(size)


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        (too_many_blocks, "REQUEST_BLOCKS_MAX"),
        (too_many_streams, "REQUEST_STREAMS_MAX"),
        (too_long_a_name, "TEXT_CHARS_MAX"),
        (too_many_properties, "PROPERTIES_MAX"),
        (too_long_a_property, "PROPERTY_CHARS_MAX"),
        (too_many_tags, "TAGS_MAX"),
        (too_large_a_payload, "payload_bytes_max"),
        (too_large_a_header, "REQUEST_HEADER_BYTES_MAX"),
    ],
)
def test_a_request_over_a_limit_is_told_which(start_receiver, body, limit: str) -> None:
    """
    413 with the name and the value; nothing of the request is stored.
    """
    receiver = start_receiver(payload_bytes_max=1_000)
    answer = receiver.client().post(body(receiver.client()))
    assert answer.status_code == 413
    error = answer.json()["error"]
    assert error["limit"] == limit
    assert str(error["limit_value"]) in error["message"]
    assert receiver.rows("SELECT count(*) FROM processes") == [(0,)]


def test_what_is_exactly_at_the_limits_is_stored(receiver) -> None:
    """
    A limit is the largest value that works.
    """
    client = receiver.client()
    name = "é" * wire.TEXT_CHARS_MAX
    properties = {f"{n}" + "k" * 200: "v" * 10 for n in range(wire.PROPERTIES_MAX)}
    process = client.process(exe=name, properties=properties)
    blocks = [client.block(b"x") for _ in range(wire.REQUEST_BLOCKS_MAX)]
    answer = client.post(encode_request(process, [client.stream()], blocks))
    assert answer.json() == {"accepted": wire.REQUEST_BLOCKS_MAX, "duplicates": 0}
    assert receiver.rows("SELECT exe FROM processes") == [(name,)]


@pytest.mark.parametrize(
    "spoil",
    [
        {"begin_time_ns": -1},
        {"end_time_ns": 5},
        {"nb_objects": -1},
        {"nb_objects": 2**31},
        {"object_offset": 2**63},
        {"block_id": "no-uuid"},
        {"stream_id": "X" * 36},
    ],
    ids=str,
)
def test_values_that_postgres_could_not_hold_are_the_callers_fault(receiver, spoil) -> None:
    """
    They are refused before the group commit, where they would fail other requests.
    """
    client = receiver.client()
    block, payload = client.block()
    answer = client.send((replace(block, **spoil), payload))
    assert answer.status_code == 400
    assert next(iter(spoil)) in answer.json()["error"]["message"]
