"""Clients that stall, lie about lengths, bring bombs or do not stop pinging."""

import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from ingest_api import limits
from ingest_api.grpc import export
from tests.ingest_api.grpc.conftest import METHODS, At, failure, grpc_address_of
from tests.ingest_api.grpc.raw_client import RawClient
from tests.ingest_api.otlp.test_routes import request
from tests.ingest_api.test_main import process

MIB = 1024 * 1024
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, INTERNAL = 3, 8, 13


@pytest.fixture
def raw(grpc_receiver):
    with RawClient(grpc_receiver.grpc) as client:
        yield client


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Return when something has come true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def test_clients_that_stall_do_not_keep_others_out(grpc_receiver, call) -> None:
    """
    More of them than messages may arrive at once, each with half a message.
    """
    whole = request("cart").SerializeToString()
    with RawClient(grpc_receiver.grpc) as stalled:
        for _ in range(limits.GRPC_READS_MAX + 5):
            stalled.send(stalled.begin(), b"\x0a", length=1000)
        assert call(grpc_receiver, whole) == b""
    assert grpc_receiver.rows("SELECT exe FROM processes") == [("cart",)]


def test_a_sender_that_goes_away_leaves_nothing_behind(grpc_receiver, call) -> None:
    """
    In the middle of its message: what was reserved for it is given back.
    """
    for _ in range(3):
        with RawClient(grpc_receiver.grpc) as client:
            client.send(client.begin(), b"\x0a", length=1000)
    for _ in range(2 * limits.GRPC_READS_MAX):
        assert call(grpc_receiver, b"") == b""
    assert grpc_receiver.receiver.in_flight.bytes == 0


def test_a_call_without_a_message_is_refused(raw) -> None:
    """
    INVALID_ARGUMENT: the same again would be no better.
    """
    stream = raw.begin()
    raw.end(stream)
    answer = raw.answer(stream)
    assert answer.status == INVALID_ARGUMENT
    assert answer.headers["grpc-message"].startswith("the call has no message")


@pytest.mark.parametrize("encoding", ["zstd", "snappy"])
def test_an_encoding_that_the_library_does_not_know_is_refused_by_it(raw, encoding: str) -> None:
    """
    Before any code of ours; the connection and other calls go on.
    """
    stream = raw.begin(grpc_encoding=encoding)
    assert raw.answer(stream).status == INTERNAL
    good = raw.begin()
    raw.send(good, request("cart").SerializeToString())
    raw.end(good)
    answer = raw.answer(good)
    assert answer.status == 0
    assert "gzip" in answer.headers["grpc-accept-encoding"]


@pytest.mark.slow
@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, zlib.MAX_WBITS | 16], ids=["deflate", "gzip"])
def test_a_bomb_takes_no_more_memory_than_the_limit(
    lake_settings, tmp_path: Path, call, wbits: int
) -> None:
    """
    Half a gigabyte in half a megabyte: decompression stops at body_bytes_max.
    """
    packed = zlib.compressobj(wbits=wbits)
    zeros = bytes(64 * MIB)
    bomb = b"".join([*(packed.compress(zeros) for _ in range(8)), packed.flush()])
    told = {"LIMNO_INGEST_GRPC_PORT": "0", "LIMNO_INGEST_BODY_BYTES_MAX": str(8 * MIB)}
    with process(lake_settings, tmp_path, **told) as started:
        receiver = At(grpc_address_of(started))
        assert call(receiver, b"") == b""
        before = peak_bytes(started.pid)
        code, text, delay = failure(lambda: call(receiver, bomb))
        assert (code, delay) == (grpc.StatusCode.RESOURCE_EXHAUSTED, None)
        assert "body_bytes_max = 8388608" in text
        assert peak_bytes(started.pid) - before < 64 * MIB


def test_many_large_messages_at_once_are_held_within_bounds(start_receiver) -> None:
    """
    What does not fit is told to come again; nothing is lost, and the memory is given back.
    """
    receiver = start_receiver(grpc_port=0, in_flight_bytes_max=24 * MIB)
    body = request("cart", records=8, text="x" * MIB).SerializeToString()

    def send(_: int) -> grpc.StatusCode:
        with grpc.insecure_channel(receiver.grpc, [("grpc.enable_retries", 0)]) as channel:
            try:
                channel.unary_unary(METHODS["logs"])(body, timeout=60)
            except grpc.RpcError as error:
                return error.code()
            return grpc.StatusCode.OK

    with ThreadPoolExecutor(16) as threads:
        codes = list(threads.map(send, range(64)))
    assert set(codes) <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert grpc.StatusCode.OK in codes
    assert receiver.receiver.in_flight.bytes == 0


def test_more_calls_than_the_limit_are_to_come_again(start_receiver, call, monkeypatch) -> None:
    """
    At once, before any memory is held for them.
    """
    monkeypatch.setattr(export, "GRPC_CALLS_MAX", 1)
    receiver = start_receiver(grpc_port=0)
    with RawClient(receiver.grpc) as stalled:
        stalled.send(stalled.begin(), b"\x0a", length=1000)
        wait_until(lambda: receiver.receiver.in_flight.bytes > 0)
        code, text, delay = failure(lambda: call(receiver, b""))
    assert (code, delay) == (grpc.StatusCode.UNAVAILABLE, 1.0)
    assert "grpc_calls_max = 1" in text
    wait_until(lambda: receiver.receiver.in_flight.bytes == 0)
    assert call(receiver, b"") == b""


def test_a_connection_has_a_bounded_number_of_calls(start_receiver, monkeypatch) -> None:
    """
    The client is told when it connects, and holds further calls back; one that does not is refused.
    """
    monkeypatch.setattr(limits, "GRPC_STREAMS_MAX", 2)
    receiver = start_receiver(grpc_port=0)
    with RawClient(receiver.grpc) as client:
        client.end(first := client.begin())
        assert client.answer(first).status == INVALID_ARGUMENT
        assert client.streams_max == 2
        for _ in range(2):
            client.begin()
        assert client.answer(client.begin(regardless=True)).reset


def test_there_is_a_bounded_number_of_connections(start_receiver, monkeypatch) -> None:
    """
    One more is closed; when one has gone, another is welcome.
    """
    monkeypatch.setattr(limits, "GRPC_CONNECTIONS_MAX", 1)
    receiver = start_receiver(grpc_port=0)
    with RawClient(receiver.grpc) as first:
        first.end(stream := first.begin())
        assert first.answer(stream).status == INVALID_ARGUMENT
        with RawClient(receiver.grpc) as second:
            assert second.farewell() is None


def test_too_much_metadata_is_refused(raw) -> None:
    """
    By the library, and that call only.
    """
    raw.end(first := raw.begin())
    assert raw.answer(first).status == INVALID_ARGUMENT  # by then it knows the limit
    answer = raw.answer(raw.begin(x="x" * 2 * limits.GRPC_METADATA_BYTES_MAX))
    assert answer.status == RESOURCE_EXHAUSTED
    raw.end(good := raw.begin())
    assert raw.answer(good).status == INVALID_ARGUMENT


def test_a_client_that_is_gone_without_a_word_is_forgotten(start_receiver, monkeypatch) -> None:
    """
    It does not answer when it is asked.
    """
    monkeypatch.setattr(limits, "GRPC_KEEPALIVE_S", 1)
    monkeypatch.setattr(limits, "GRPC_KEEPALIVE_TIMEOUT_S", 1)
    receiver = start_receiver(grpc_port=0)
    with RawClient(receiver.grpc) as silent:
        silent.send(silent.begin(), b"\x0a", length=1000)
        wait_until(lambda: receiver.receiver.in_flight.bytes > 0)
        wait_until(lambda: receiver.receiver.in_flight.bytes == 0, limits.BODY_READ_S_MAX / 2)


def test_concurrent_calls_are_each_stored_once(grpc_receiver) -> None:
    """
    Over several connections, each request sent twice.
    """
    bodies = [request(f"shop {n}", records=3).SerializeToString() for n in range(100)] * 2

    def send(part: list[bytes]) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(grpc_receiver.grpc, options) as channel:
            export = channel.unary_unary(METHODS["logs"])
            for answer in [export.future(body, timeout=60) for body in part]:
                assert answer.result() == b""

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, [bodies[n::8] for n in range(8)]))
    assert grpc_receiver.rows("SELECT count(*), sum(nb_objects) FROM blocks") == [(100, 300)]
    assert grpc_receiver.metric("limnograph_ingest_duplicate_blocks_total") == 100


def test_a_client_that_pings_without_end_is_disconnected(raw) -> None:
    """
    With the reason.
    """
    for _ in range(4):
        raw.ping()
    assert raw.farewell() == b"too_many_pings"
