"""Frames between the service and a worker."""

import threading

import pytest

from query_engine.errors import Cancelled
from query_engine.limits import FRAME_BYTES_MAX
from query_engine.workers import framing


@pytest.fixture
def ends():
    """The two ends of a connection."""
    ours, theirs = framing.pair()
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize("size", [0, 1, 64 << 10, 5 << 20])
def test_what_is_sent_arrives(ends, size):
    """
    Also what does not fit into the connection at once.
    """
    ours, theirs = ends
    payload = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sender = threading.Thread(target=framing.send, args=(theirs, framing.BATCH, payload))
    sender.start()
    frame = framing.receive(ours)
    sender.join(5)
    assert frame is not None
    assert frame.kind == framing.BATCH
    assert bytes(frame.payload) == payload


def test_an_end_in_the_middle_is_an_end(ends):
    """
    A killed worker leaves half a frame.
    """
    ours, theirs = ends
    theirs.sendall(bytes([framing.BATCH]) + (100).to_bytes(8, "little") + b"half")
    theirs.close()
    assert framing.receive(ours) is None


def test_who_waits_is_asked_whether_to_go_on(ends):
    """
    Nobody waits inside the engine.
    """
    ours, _ = ends

    def waiting():
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        framing.receive(ours, waiting)


def test_an_impossible_length_is_refused(ends):
    """
    The service does not reserve what a broken worker announces.
    """
    ours, theirs = ends
    theirs.sendall(bytes([framing.BATCH]) + (FRAME_BYTES_MAX + 1).to_bytes(8, "little"))
    with pytest.raises(framing.FrameTooLarge):
        framing.receive(ours)
