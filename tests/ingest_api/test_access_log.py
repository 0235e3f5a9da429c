"""ingest_api.access_log: every line is written, and a stuck reader stops nobody."""

import io
import logging
import threading

import pytest

from ingest_api.access_log import BackgroundHandler


class StuckStream(io.StringIO):
    """A pipe that nobody reads, until told."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def write(self, text: str) -> int:
        self.go.wait(10)
        return super().write(text)


@pytest.fixture
def logger() -> logging.Logger:
    logger = logging.getLogger("tests.access_log")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.handlers.clear()
    return logger


def test_lines_are_written_in_order_until_the_end(logger: logging.Logger) -> None:
    """
    Closing writes the last ones.
    """
    stream = io.StringIO()
    handler = BackgroundHandler(stream)
    logger.addHandler(handler)
    for number in range(1_000):
        logger.info("%d", number)
    handler.close()
    assert stream.getvalue().split() == [str(number) for number in range(1_000)]
    assert handler.dropped == 0


def test_a_stuck_reader_costs_lines_not_requests(logger: logging.Logger) -> None:
    """
    ACCESS_LOG_LINES_MAX lines wait; what comes then is dropped and counted.
    """
    stream = StuckStream()
    handler = BackgroundHandler(stream, lines_max=10)
    logger.addHandler(handler)
    for number in range(100):
        logger.info("%d", number)
    assert handler.dropped >= 89 - 10
    stream.go.set()
    handler.close()
    assert len(stream.getvalue().split()) == 100 - handler.dropped
