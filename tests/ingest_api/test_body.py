"""ingest_api.body: bodies are bounded, as sent and as decompressed."""

import gzip
import socket
import time
import tracemalloc
import zlib

import cramjam
import httpx
import pytest

from ingest_api import limits
from ingest_api.body import decompress
from ingest_api.errors import MalformedBody, OverLimit
from limnograph.wire import zstd
from limnograph.wire.envelope import CONTENT_TYPE

COMPRESS = {"deflate": zlib.compress, "gzip": gzip.compress, "zstd": zstd.compress}
SNAPPY = {"snappy": lambda data: bytes(cramjam.snappy.compress_raw(data))}
MIB = 1024 * 1024


def error_of(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_bomb_is_not_decompressed_beyond_the_limit(encoding: str) -> None:
    """
    A gigabyte of zeros in a megabyte: stopped at the limit, in bounded memory.
    """
    bomb = COMPRESS[encoding](bytes(256 * MIB))
    tracemalloc.start()
    with pytest.raises(OverLimit, match="body_bytes_max = 4194304: send less"):
        decompress(encoding, bomb, 4 * MIB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MIB


@pytest.mark.parametrize("encoding", [*COMPRESS, *SNAPPY])
def test_a_body_of_exactly_the_limit_is_read(encoding: str) -> None:
    """
    The limit is the largest size that works.
    """
    data, compress = bytes(range(256)) * 40, (COMPRESS | SNAPPY)[encoding]
    assert decompress(encoding, compress(data), len(data)) == data
    assert decompress(encoding, compress(b""), 1) == b""
    with pytest.raises(OverLimit):
        decompress(encoding, compress(data), len(data) - 1)


def test_a_zstd_window_over_the_limit_is_refused_before_it_is_made() -> None:
    """
    ZSTD_WINDOW_LOG_MAX: a few bytes could otherwise ask for gigabytes of window.
    """

    def frame(window_log: int) -> bytes:
        descriptor, block = 0b0000_0000, b"\x01\x00\x00"  # no content size; an empty last block
        return b"\x28\xb5\x2f\xfd" + bytes([descriptor, (window_log - 10) << 3]) + block

    assert decompress("zstd", frame(limits.ZSTD_WINDOW_LOG_MAX), MIB) == b""
    with pytest.raises(MalformedBody, match="not zstd"):
        decompress("zstd", frame(limits.ZSTD_WINDOW_LOG_MAX + 1), MIB)


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_second_member_is_refused_without_reading_it(encoding: str) -> None:
    """
    A body of millions of empty members must not keep the receiver busy.
    """
    begin = time.monotonic()
    with pytest.raises(MalformedBody, match="follow"):
        decompress(encoding, COMPRESS[encoding](b"") * 200_000, MIB)
    assert time.monotonic() - begin < 2


def test_a_zstd_window_beyond_the_limit_is_refused() -> None:
    """
    A few bytes must not make us allocate gigabytes.
    """
    # Frame header: magic, no single segment and no content size, window descriptor for 1 GiB.
    frame = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([20 << 3]) + b"\x01\x00\x00"
    with pytest.raises(MalformedBody, match="not zstd"):
        decompress("zstd", frame, MIB)


def test_a_body_over_the_wire_limit_is_refused_by_its_announced_length(start_receiver) -> None:
    """
    Before a byte of it is kept; the answer names the limit and what to do.
    """
    receiver = start_receiver(wire_body_bytes_max=1_000)
    error = error_of(receiver.client().post(bytes(100_000)), 413)
    assert (error["limit"], error["limit_value"]) == ("wire_body_bytes_max", 1_000)
    assert "send less per request" in error["message"]
    assert receiver.client().send().status_code == 200


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(start_receiver) -> None:
    """
    Chunked bodies are counted as they come.
    """
    receiver = start_receiver(wire_body_bytes_max=1_000)
    answer = httpx.post(
        f"{receiver.url}/v1/blocks",
        content=(bytes(600) for _ in range(3)),
        headers={"Content-Type": CONTENT_TYPE},
    )
    assert error_of(answer, 413)["limit"] == "wire_body_bytes_max"


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_bomb_over_http_is_refused(start_receiver, encoding: str) -> None:
    """
    The receiver goes on serving others.
    """
    receiver = start_receiver(body_bytes_max=MIB)
    bomb = COMPRESS[encoding](bytes(64 * MIB))
    answer = receiver.client().post(bomb, Content_Encoding=encoding)
    assert error_of(answer, 413)["limit"] == "body_bytes_max"
    assert receiver.client().send().status_code == 200
    assert receiver.receiver.in_flight.bytes == 0


def test_a_refused_sender_sees_the_answer_not_a_broken_connection(start_receiver) -> None:
    """
    The rest of its body is read and dropped, so plain clients get to the answer.
    """
    receiver = start_receiver(wire_body_bytes_max=1_000)
    client = httpx.Client()
    for _ in range(3):  # on one connection, which therefore survives
        answer = client.post(
            f"{receiver.url}/v1/blocks",
            content=bytes(20 * MIB),
            headers={"Content-Type": CONTENT_TYPE},
        )
        assert answer.status_code == 413
    client.close()


def test_a_sender_that_waits_to_be_asked_is_answered_at_once(start_receiver) -> None:
    """
    With ``Expect: 100-continue`` nothing is sent in vain.
    """
    receiver = start_receiver(wire_body_bytes_max=1_000)
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as conn:
        conn.sendall(
            b"POST /v1/blocks HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
            + f"Content-Type: {CONTENT_TYPE}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert conn.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_does_not_arrive_is_given_up(start_receiver, monkeypatch) -> None:
    """
    With 503, since another attempt may find a better network; its memory is free again.
    """
    monkeypatch.setattr(limits, "BODY_READ_S_MAX", 0.2)
    receiver = start_receiver()
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as conn:
        conn.sendall(
            b"POST /v1/blocks HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
            + f"Content-Type: {CONTENT_TYPE}\r\n\r\nstart".encode()
        )
        answer = conn.recv(1_000)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in answer.lower()
    assert receiver.receiver.in_flight.bytes == 0


def test_a_sender_that_leaves_gives_its_memory_back(start_receiver) -> None:
    """
    In the middle of its body.
    """
    receiver = start_receiver()
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as conn:
        conn.sendall(
            b"POST /v1/blocks HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
            + f"Content-Type: {CONTENT_TYPE}\r\n\r\nstart".encode()
        )
        deadline = time.monotonic() + 5
        while receiver.receiver.in_flight.bytes != 5_000:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    while receiver.receiver.in_flight.bytes:
        assert time.monotonic() < deadline
        time.sleep(0.01)
