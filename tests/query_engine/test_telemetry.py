"""The service's own records on their way to the receiver."""

import logging
import socket
import time
from collections.abc import Iterator

import pytest

import limnograph
from query_engine.limits import TELEMETRY_END_SECONDS_MAX
from query_engine.telemetry import ALSO, end_telemetry, send_telemetry


@pytest.fixture
def loggers() -> Iterator[list[logging.Logger]]:
    """The loggers whose records are sent, put back afterwards."""
    found = [logging.getLogger(name) for name in ALSO]
    before = [list(one.handlers) for one in found]
    yield found
    for one, handlers in zip(found, before, strict=True):
        one.handlers = handlers
    limnograph.shutdown(0)


def test_a_receiver_that_is_gone_does_not_hold_up_the_end(loggers: list[logging.Logger]) -> None:
    """
    `limnod up` stops all parts at once, and kills those that have not ended after five seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    send_telemetry(f"http://127.0.0.1:{port}")
    loggers[0].warning("stopping")
    begun = time.monotonic()
    end_telemetry()
    assert TELEMETRY_END_SECONDS_MAX < 5
    assert time.monotonic() - begun < TELEMETRY_END_SECONDS_MAX + 5
