"""ingest_api.native: POST /v1/blocks stores what it acknowledges, and says what is wrong."""

import gzip
import uuid

import pytest

from assets.storage.metadata.blocks import tail_blocks
from limnograph.wire import zstd


def test_an_acknowledged_block_can_be_read_back(receiver, lake) -> None:
    """
    After 200 the bytes are in the object store and the row leads to them.
    """
    client = receiver.client()
    first, second = client.block(b"first payload"), client.block(b"second")
    answer = client.send(first, second)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "duplicates": 0})
    with lake.connection() as conn:
        refs = {ref.block_id: ref for ref in tail_blocks(conn, "log", {})}
    for block, payload in (first, second):
        ref = refs[block.block_id]
        place = (ref.payload_offset, ref.payload_size)
        assert lake.objects.get_ranges(ref.object_key, [place]) == [payload]


def test_a_repeated_block_is_answered_200(receiver) -> None:
    """
    A client that lost the answer sends again and is told that all is well.
    """
    client = receiver.client()
    old, new = client.block(), client.block()
    client.send(old)
    assert client.send(old, new, new).json() == {"accepted": 1, "duplicates": 2}
    assert receiver.rows("SELECT count(*) FROM blocks") == [(2,)]


def test_a_process_registers_without_blocks(receiver) -> None:
    """
    Such a request writes no segment.
    """
    assert receiver.client().send().json() == {"accepted": 0, "duplicates": 0}
    assert receiver.rows("SELECT count(*) FROM processes") == [(1,)]
    assert receiver.rows("SELECT count(*) FROM segments") == [(0,)]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [100, 1_000_000], ids=["inline", "in a thread"])
def test_a_compressed_body_is_stored_decompressed(receiver, lake, encoding: str, size: int) -> None:
    """
    Content-Encoding is transport; what is stored is what was encoded.
    """
    compress = {"gzip": gzip.compress, "zstd": zstd.compress}[encoding]
    client = receiver.client()
    payload = uuid.uuid4().bytes * (size // 16)
    body = client.body(client.block(payload))
    assert client.post(compress(body), Content_Encoding=encoding).status_code == 200
    with lake.connection() as conn:
        (ref,) = tail_blocks(conn, "log", {})
    place = (ref.payload_offset, ref.payload_size)
    assert lake.objects.get_ranges(ref.object_key, [place]) == [payload]


def test_a_block_may_come_before_its_stream(receiver) -> None:
    """
    It is acknowledged at once, and visible when the acknowledgement of the stream is.
    """
    client = receiver.client()
    early = client.block()
    assert client.post(client.body(early, streams=())).json()["accepted"] == 1
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]
    assert client.send().status_code == 200
    assert receiver.rows("SELECT block_id::text FROM blocks") == [(early[0].block_id,)]
    assert receiver.rows("SELECT count(*) FROM orphan_blocks") == [(0,)]


def test_a_malformed_body_names_the_byte(receiver) -> None:
    """
    4xx tells the sender what to change; 4xx is never sent for our trouble.
    """
    answer = receiver.client().post(b"LIMNOREQ\x05\x00\x00\x00{nope")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "malformed_body"
    assert "byte" in error["message"]


def test_another_content_type_is_refused(receiver) -> None:
    """
    The message names the one that is read.
    """
    answer = receiver.client().post(b"{}", Content_Type="application/json")
    assert answer.status_code == 415
    assert "application/vnd.limnograph.v1" in answer.json()["error"]["message"]


def test_an_unknown_encoding_is_refused(receiver) -> None:
    """
    The message names those that are read.
    """
    answer = receiver.client().post(b"", Content_Encoding="br")
    assert answer.status_code == 415
    assert "gzip, snappy, zstd" in answer.json()["error"]["message"]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-4], lambda data: data + b"more", lambda data: b"no" + data]
)
def test_a_body_that_does_not_decompress_is_refused(receiver, encoding: str, spoil) -> None:
    """
    Cut off, followed by something, or not compressed at all.
    """
    compress = {"gzip": gzip.compress, "zstd": zstd.compress}[encoding]
    client = receiver.client()
    body = spoil(compress(client.body(client.block())))
    answer = client.post(body, Content_Encoding=encoding)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "malformed_body"
