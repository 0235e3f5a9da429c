"""``logging`` at its cheapest: records kept in memory, neither formatted nor written."""

import logging
import logging.handlers
from collections.abc import Iterable

from benchmarks.sdk.slices import Subject


class _Kept(logging.handlers.BufferingHandler):
    """Keeps records until there are many, and throws them away then."""

    def shouldFlush(self, record: logging.LogRecord) -> bool:  # noqa: ARG002, N802 - logging's name
        return len(self.buffer) >= 1_000


def subjects() -> dict[tuple[str, str], Subject]:
    """Return the log events."""
    logger = logging.getLogger("benchmark")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(_Kept(0))

    def disabled(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.debug("text")

    def message(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.info("text")

    def arguments(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.info("user %s took %d ms", "ann", 12)

    def properties(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.info("order", extra={"customer": "ann", "items": 3, "total": 1.5})

    return {
        ("log, disabled", "logging.debug, disabled"): Subject(disabled, share=0.2),
        ("log, message only", "logging.info into memory"): Subject(message, share=0.02),
        ("log, two arguments", "logging.info into memory"): Subject(arguments, share=0.02),
        ("log, 3 properties", "logging.info(extra=) into memory"): Subject(properties, share=0.02),
    }
