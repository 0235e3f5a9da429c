"""Logfire, sending nothing and printing nothing."""

from collections.abc import Iterable

import logfire

from benchmarks.sdk.slices import Subject

WORDS = "logfire, nothing sent"


def subjects() -> dict[tuple[str, str], Subject]:
    """Return the log and span events."""
    local = logfire.configure(
        local=True, send_to_logfire=False, console=False, metrics=False, inspect_arguments=False
    )

    def message(calls: Iterable[None]) -> None:
        for _ in calls:
            local.info("text")

    def properties(calls: Iterable[None]) -> None:
        for _ in calls:
            local.info("order", customer="ann", items=3, total=1.5)

    def spans(calls: Iterable[None]) -> None:
        for _ in calls:
            with local.span("work"):
                pass

    return {
        ("log, message only", WORDS): Subject(message, share=0.002),
        ("log, 3 properties", WORDS): Subject(properties, share=0.002),
        ("span, with", WORDS): Subject(spans, share=0.002),
    }
