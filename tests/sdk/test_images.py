"""Images: what is sent arrives byte for byte, and what cannot be taken is counted and said."""

import subprocess
import sys

import pytest

import limnograph
from limnograph.images import ImageQueue
from limnograph.limits import IMAGE_BYTES_MAX, IMAGES_QUEUED_MAX, Limits
from limnograph.wire.container import Clock
from tests.sdk.peer import Peer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def test_an_image_arrives_with_its_place_and_its_properties(sdk: Peer) -> None:
    """
    Bytes of every value, texts outside ASCII, module and line of the call.
    """
    assert limnograph.send_image("kamera größe", "png", PNG, shop=7, name="x", none=None)
    assert limnograph.flush(10)
    (row,) = sdk.rows("image")
    assert (row["name"], row["format"], row["data"]) == ("kamera größe", "png", PNG)
    assert row["properties"] == {"shop": "7", "name": "x"}
    assert row["target"] == __name__
    assert row["file"] == __file__
    assert sdk.streams[row["block"].stream_id].tags == ("image",)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_what_can_change_is_copied_at_the_call(sdk: Peer, kind: type) -> None:
    """
    Any bytes-like object, as it was at the call.
    """
    buffer = bytearray(b"before")
    assert limnograph.send_image("a", "raw", kind(buffer))
    buffer[:] = b"after!"
    assert limnograph.flush(10)
    assert [row["data"] for row in sdk.rows("image")] == [b"before"]


def test_many_images_keep_their_order_over_several_blocks(sdk: Peer) -> None:
    """
    Blocks are cut by bytes; the largest image that is allowed makes one of its own.
    """
    sizes = [0, 3_000_000, 3_000_000, IMAGE_BYTES_MAX, 5]
    for number, size in enumerate(sizes):
        assert limnograph.send_image(f"n{number}", "raw", bytes(size))
        assert number != 2 or limnograph.flush(30)
    assert limnograph.flush(30)
    rows = sorted(sdk.rows("image"), key=lambda row: row["name"])
    assert [len(row["data"]) for row in rows] == sizes
    assert len({row["block"].block_id for row in rows}) == 4


def test_too_large_an_image_is_said_once_and_counted(
    sdk: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The limit has a name, others still go, and the next block tells what was dropped.
    """
    for _ in range(2):
        assert not limnograph.send_image("wrong", "png", bytes(IMAGE_BYTES_MAX + 1))
    assert limnograph.send_image("right", "png", PNG)
    assert not limnograph.flush(10), "what was given was not all acknowledged"
    said = "send_image: 'wrong' has 8388609 bytes, more than IMAGE_BYTES_MAX=8388608"
    assert capsys.readouterr().err.count(said) == 1
    assert [row["name"] for row in sdk.rows("image")] == ["right"]
    assert limnograph.stats().dropped == {"too_large": 2}
    assert sdk.dropped("image") == 2


@pytest.mark.parametrize("data", ["text", None, 7, [1]])
def test_what_is_no_image_is_said_once_and_counted(
    sdk: Peer, capsys: pytest.CaptureFixture[str], data: object
) -> None:
    """
    A mistake of the call is a failure, and loses nothing else.
    """
    before = limnograph.stats().failures
    for _ in range(2):
        assert not limnograph.send_image("wrong", "png", data)
    assert limnograph.send_image("right", "png", PNG)
    assert limnograph.flush(10)
    said = f"send_image: data of 'wrong' is no bytes but {type(data).__name__}"
    assert capsys.readouterr().err.count(said) == 1
    assert limnograph.stats().failures == before + 2


def test_a_full_queue_drops_the_newcomer(peer: Peer) -> None:
    """
    Memory stays bounded, and the next block tells what was dropped.
    """
    limits = Limits(image_bytes_queued_max=1000)
    assert limnograph.init("shop", peer.uri, limits=limits, flush_interval_s=3600)
    assert not limnograph.send_image("a", "raw", bytes(1001))
    assert limnograph.send_image("b", "raw", bytes(1000))
    limnograph.flush(10)
    assert [row["name"] for row in peer.rows("image")] == ["b"]
    assert peer.dropped("image") == 1
    assert limnograph.stats().dropped == {"buffer_full": 1}


def test_the_number_of_waiting_images_is_bounded_too() -> None:
    """
    Even images without bytes take memory.
    """
    queue = ImageQueue(1000)
    taken = [queue.offer("a", "raw", b"", {}) for _ in range(IMAGES_QUEUED_MAX + 1)]
    assert taken == [True] * IMAGES_QUEUED_MAX + [False]
    (block,) = queue.drain(Clock(1_000_000_000, 0, 0))
    assert (block.rows, block.dropped) == (IMAGES_QUEUED_MAX, 1)
    assert queue.offer("a", "raw", b"", {})


def test_without_init_nothing_is_sent() -> None:
    """
    A library may send images; only programs call init.
    """
    assert limnograph.send_image("a", "png", PNG) is False


def test_an_image_before_the_exit_is_sent_and_none_by_a_forked_child(peer: Peer) -> None:
    """
    The interpreter's exit sends what is left; a child has nothing of its parent's.
    """
    program = """
import os, sys, limnograph
limnograph.init("shop", sys.argv[1], flush_interval_s=3600)
limnograph.send_image("parent", "raw", b"p")
pid = os.fork()
if pid == 0:
    limnograph.send_image("child", "raw", b"c")
    os._exit(0 if limnograph.flush(10) else 1)
assert os.waitpid(pid, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-c", program, peer.uri], check=True, timeout=60)
    rows = peer.rows("image")
    assert sorted((row["name"], row["data"]) for row in rows) == [("child", b"c"), ("parent", b"p")]
    assert len({row["block"].process_id for row in rows}) == 2
