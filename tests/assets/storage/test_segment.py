"""assets.storage.segment: a segment says whose the payloads in it are."""

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.storage.metadata.records import BlockRecord, ProcessRecord, StreamRecord
from assets.storage.objects import ObjectInfo, open_store
from assets.storage.segment import (
    FIRST_PAYLOAD_OFFSET,
    SegmentCorrupt,
    SegmentIndex,
    decode_index,
    encode_segment,
    read_index,
)

PROCESS = ProcessRecord(
    str(uuid.uuid4()), "exe", "user", "Real", "pc", "linux", "cpu", 1, 2, 3, None, {"k": "v"}
)
STREAM = StreamRecord(
    str(uuid.uuid4()), PROCESS.process_id, "limnograph/v1", ("log",), {"a": "b"}, b"\0\1", b"\xff"
)


def index_of(payloads: list[bytes]) -> SegmentIndex:
    blocks = []
    offset = FIRST_PAYLOAD_OFFSET
    for payload in payloads:
        blocks.append(
            BlockRecord(
                block_id=str(uuid.uuid4()),
                process_id=PROCESS.process_id,
                stream_id=STREAM.stream_id,
                payload_offset=offset,
                payload_size=len(payload),
                begin_time_ns=1,
                end_time_ns=2**62,
                begin_ticks=-5,
                end_ticks=5,
                nb_objects=7,
                object_offset=11,
            )
        )
        offset += len(payload)
    return SegmentIndex((PROCESS,), (STREAM,), tuple(blocks))


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8))
def test_the_index_of_a_segment_is_read_back(payloads: list[bytes]) -> None:
    """
    From the whole object or by range reads, it names every payload's place.
    """
    index = index_of(payloads)
    data = encode_segment(index, [memoryview(payload) for payload in payloads])
    assert decode_index(data) == index
    store = open_store("memory://")
    store.put_new("segments/s.seg", data)
    assert read_index(store, ObjectInfo("segments/s.seg", len(data))) == index
    for block, payload in zip(index.blocks, payloads, strict=True):
        end = block.payload_offset + block.payload_size
        assert data[block.payload_offset : end] == payload


def test_the_format_is_as_documented() -> None:
    """
    docs/formats/segment.md, byte by byte.
    """
    data = encode_segment(index_of([b"first", b"second"]), [b"first", b"second"])
    assert data[:8] == data[-8:] == b"LIMNOSEG"
    assert data[8:19] == b"firstsecond"
    length = int.from_bytes(data[-16:-8], "little")
    index = json.loads(data[19:-16])
    assert len(data[19:-16]) == length
    assert index["version"] == 1
    assert [block["payload_offset"] for block in index["blocks"]] == [8, 13]
    assert index["streams"][0]["dependencies_metadata"] == "AAE="


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: b"X" + data[1:], "byte 0: the magic"),
        (lambda data: data[:-1], "closing magic"),
        (lambda data: data[:-16] + (10**9).to_bytes(8, "little") + data[-8:], "longer than"),
        (lambda data: data.replace(b'{"version":1', b'{"version":2'), "version 2"),
        (lambda data: data.replace(b'{"version":1', b'["version":1'), "does not parse"),
        (lambda data: data.replace(b'"exe":', b'"axe":'), "does not parse"),
        (lambda data: data.replace(b'"payload_size":5', b'"payload_size":9'), "not in the segment"),
        (lambda data: data[:10], "magic|few"),
    ],
)
def test_what_is_not_a_segment_says_where(spoil, reason: str) -> None:
    """
    A rebuild reports a damaged object and goes on with the others.
    """
    data = spoil(encode_segment(index_of([b"first"]), [b"first"]))
    with pytest.raises(SegmentCorrupt, match=reason):
        decode_index(data)
    store = open_store("memory://")
    store.put_new("segments/s.seg", data)
    if not data.startswith(b"X"):
        with pytest.raises(SegmentCorrupt, match=reason):
            read_index(store, ObjectInfo("segments/s.seg", len(data)))
