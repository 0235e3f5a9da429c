"""A file that is emptied as it is written."""

from query_engine.http.formats.drain import Drain


def test_what_is_taken_is_gone_and_positions_go_on():
    """
    Writers of Arrow's ask where they are.
    """
    drain = Drain()
    drain.write(b"abc")
    drain.write(memoryview(b"de"))
    assert drain.take() == b"abcde"
    assert drain.take() == b""
    drain.write(b"f")
    assert (drain.take(), drain.tell()) == (b"f", 6)
