"""loguru with a sink that throws the text away."""

from collections.abc import Iterable

from loguru import logger

from benchmarks.sdk.slices import Subject


def _thrown_away(_text: str) -> None:
    return


def subjects() -> dict[tuple[str, str], Subject]:
    """Return the log events."""
    logger.remove()
    logger.add(_thrown_away, level="INFO")

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
        ("log, disabled", "loguru, disabled"): Subject(disabled, share=0.2),
        ("log, message only", "loguru, text thrown away"): Subject(message, share=0.005),
        ("log, 3 properties", "loguru, text thrown away"): Subject(properties, share=0.005),
    }
