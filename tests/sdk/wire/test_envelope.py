"""Envelopes: a request survives, and strangers' bodies are refused by name and byte."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limnograph.wire import FormatError, LimitError, limits
from limnograph.wire.envelope import Block, Process, Stream, encode_request, parse_request

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
UUIDS = st.uuids().map(str)
P, S, B = (str(UUID(int=n)) for n in (1, 2, 3))
PROCESS = Process(
    process_id=P,
    exe="shop",
    username="u",
    realname="",
    computer="c",
    distro="d",
    cpu_brand="b",
    tsc_frequency=10**9,
    start_time_ns=1,
    start_ticks=5,
    properties={"service": "shop"},
)
STREAM = Stream(stream_id=S, process_id=P, format="limnograph/v1", tags=("log",))
BLOCK = Block(
    block_id=B,
    stream_id=S,
    process_id=P,
    begin_time_ns=1,
    end_time_ns=2,
    begin_ticks=-1,
    end_ticks=3,
    nb_objects=1,
    object_offset=0,
    payload_size=4,
)


def body_with(edit: Callable[[dict[str, Any]], None], payload: bytes = b"abcd") -> bytes:
    """Return a body whose header was edited."""
    body = encode_request(PROCESS, [STREAM], [(BLOCK, b"abcd")])
    size = int.from_bytes(body[8:12], "little")
    header = json.loads(body[12 : 12 + size])
    edit(header)
    text = json.dumps(header).encode()
    return b"LIMNOREQ" + len(text).to_bytes(4, "little") + text + payload


@given(
    st.dictionaries(TEXT, TEXT, max_size=4),
    st.lists(st.tuples(UUIDS, UUIDS, st.binary(min_size=1, max_size=40)), max_size=5),
    st.one_of(st.none(), UUIDS),
)
def test_a_request_reads_back(
    properties: dict[str, str], parts: list[tuple[str, str, bytes]], parent: str | None
) -> None:
    """
    Everything that the envelope carries arrives, payloads as views in the order of the blocks.
    """
    process = replace(PROCESS, properties=properties, parent_process_id=parent)
    streams = [replace(STREAM, stream_id=stream_id) for _, stream_id, _ in parts]
    blocks = [
        (replace(BLOCK, block_id=block_id, stream_id=stream_id, payload_size=len(data)), data)
        for block_id, stream_id, data in parts
    ]
    found = parse_request(encode_request(process, streams, blocks))
    assert found.process == process
    assert found.streams == tuple(streams)
    assert found.blocks == tuple(block for block, _ in blocks)
    assert [bytes(view) for view in found.payloads] == [data for _, data in blocks]


@given(st.binary(max_size=200))
def test_any_bytes_give_a_format_error(data: bytes) -> None:
    """
    Reading strangers' bytes raises FormatError and nothing else.
    """
    for body in (data, b"LIMNOREQ" + data, b"LIMNOREQ" + len(data).to_bytes(4, "little") + data):
        with pytest.raises(FormatError):
            parse_request(body)


def test_every_truncation_is_refused() -> None:
    """
    A body cut at any byte is refused, and the offset is within what arrived.
    """
    body = encode_request(PROCESS, [STREAM], [(BLOCK, b"abcd")])
    for size in range(len(body)):
        with pytest.raises(FormatError) as caught:
            parse_request(body[:size])
        assert caught.value.offset <= size


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no process": (lambda h: h.pop("process"), "process is not an object"),
    "process id": (lambda h: h["process"].update(process_id=P.upper() + "x"), "process_id is not"),
    "upper case": (
        lambda h: h["process"].update(process_id="ABCDEF00-0000-4000-8000-000000000000"),
        "lower-case",
    ),
    "long exe": (lambda h: h["process"].update(exe="x" * 256), "TEXT_CHARS_MAX = 255"),
    "NUL": (lambda h: h["process"].update(exe="a\0b"), "NUL"),
    "surrogate": (lambda h: h["process"].update(exe="a\ud800"), "lone surrogate"),
    "start time": (lambda h: h["process"].update(start_time_ns=-1), "start_time_ns is not in"),
    "float": (lambda h: h["process"].update(start_ticks=1.0), "start_ticks is not an integer"),
    "properties": (lambda h: h["process"].update(properties={"a": 1}), r"properties\['a'\]"),
    "many properties": (
        lambda h: h["process"].update(properties={str(n): "" for n in range(257)}),
        "PROPERTIES_MAX = 256",
    ),
    "long value": (
        lambda h: h["streams"][0].update(properties={"a": "x" * 4097}),
        "PROPERTY_CHARS_MAX = 4096",
    ),
    "tags": (lambda h: h["streams"][0].update(tags="log"), "tags is not an array"),
    "tag": (lambda h: h["streams"][0].update(tags=[1]), "is not text"),
    "foreign stream": (lambda h: h["streams"][0].update(process_id=S), "of the request's process"),
    "foreign block": (lambda h: h["blocks"][0].update(process_id=S), "of the request's process"),
    "time order": (lambda h: h["blocks"][0].update(end_time_ns=0), "end_time_ns is not in"),
    "tick order": (lambda h: h["blocks"][0].update(end_ticks=-2), "end_ticks is not in"),
    "big tick": (lambda h: h["blocks"][0].update(end_ticks=2**63), "end_ticks is not in"),
    "rows": (lambda h: h["blocks"][0].update(nb_objects=-1), "nb_objects is not in"),
    "no payload": (lambda h: h["blocks"][0].update(payload_size=0), "payload_size is not in"),
    "short payload": (lambda h: h["blocks"][0].update(payload_size=5), "misses 1 payload bytes"),
    "long payload": (lambda h: h["blocks"][0].update(payload_size=3), "1 bytes after the last"),
    "block list": (lambda h: h.pop("blocks"), "blocks is not an array"),
    "many blocks": (lambda h: h.update(blocks=[{}] * 4097), "REQUEST_BLOCKS_MAX = 4096"),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_header_is_refused_by_name(case: str) -> None:
    """
    Each rule has its own message, naming the field.
    """
    edit, message = BREAKS[case]
    with pytest.raises(FormatError, match=message):
        parse_request(body_with(edit))


def test_unknown_keys_are_ignored() -> None:
    """
    A newer sender may say more.
    """

    def edit(header: dict[str, Any]) -> None:
        header["more"] = 1
        header["process"]["more"] = 1
        header["blocks"][0]["more"] = 1

    assert parse_request(body_with(edit)).process == PROCESS


def test_an_oversized_header_is_refused_before_it_is_parsed() -> None:
    """
    The header's limit is named.
    """
    size = limits.REQUEST_HEADER_BYTES_MAX + 1
    with pytest.raises(LimitError, match="REQUEST_HEADER_BYTES_MAX"):
        parse_request(b"LIMNOREQ" + size.to_bytes(4, "little"))


def test_deep_json_is_refused() -> None:
    """
    Nesting deeper than the parser's stack is a fault of the body, not of the reader.
    """
    text = b"[" * 200_000
    with pytest.raises(FormatError):
        parse_request(b"LIMNOREQ" + len(text).to_bytes(4, "little") + text)
