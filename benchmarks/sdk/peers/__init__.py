"""The other libraries, one module each; one that is not installed is named and left out."""

import sys
from collections.abc import Mapping
from importlib import import_module

from benchmarks.sdk.slices import Subject

PEERS = (
    "stdlib_logging",
    "structlog_bytes",
    "loguru_sink",
    "prometheus",
    "opentelemetry_sdk",
    "logfire_local",
    "profilers",
)
"""Each has ``subjects()``: {(event as in our table, what it is in words): how to measure it}."""


def subjects() -> dict[tuple[str, str], Subject]:
    """Return what the installed peers offer."""
    found: dict[tuple[str, str], Subject] = {}
    for name in PEERS:
        try:
            made: Mapping[tuple[str, str], Subject] = import_module(f"{__name__}.{name}").subjects()
        except ImportError as exc:
            print(f"left out: {name} ({exc})", file=sys.stderr)
            continue
        found.update(made)
    return found
