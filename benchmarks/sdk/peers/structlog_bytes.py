"""structlog: a level-filtered bound logger that renders JSON and throws the text away."""

import logging
from collections.abc import Iterable
from typing import Any

import structlog

from benchmarks.sdk.slices import Subject


def subjects() -> dict[tuple[str, str], Subject]:
    """Return the log events."""
    logger: Any = structlog.wrap_logger(
        structlog.ReturnLogger(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind()

    def disabled(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.debug("text")

    def message(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.info("text")

    def properties(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.info("order", customer="ann", items=3, total=1.5)

    return {
        ("log, disabled", "structlog, disabled"): Subject(disabled, share=0.2),
        ("log, message only", "structlog to a JSON text"): Subject(message, share=0.01),
        ("log, 3 properties", "structlog to a JSON text"): Subject(properties, share=0.01),
    }
