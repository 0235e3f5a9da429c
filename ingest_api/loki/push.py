"""
A push as its streams, whichever form it came in.

Rule: what breaks the form refuses the whole push, as Loki has it. A stream or a line that is
understood but cannot be stored is refused by itself; the others are stored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest_api.errors import OverLimit
from ingest_api.limits import LOKI_LABELS_BYTES_MAX, LOKI_STREAMS_MAX

Pairs = tuple[tuple[str, str], ...]
Entry = tuple[int, bytes, Pairs]
"""A line: its time in Unix ns, its text, its structured metadata."""

NO_LABELS = "a stream has no label"


@dataclass(frozen=True, slots=True)
class Stream:
    """Lines that share their labels. They are read while they are asked for, once."""

    labels: Mapping[str, str]
    entries: Iterator[Entry]


@dataclass(slots=True)
class Refused:
    """
    What of a push is not stored.

    Attributes:
        streams, lines: How many.
        reason: Why the first of them is not.
    """

    streams: int = 0
    lines: int = 0
    reason: str = ""

    def stream(self, reason: str) -> None:
        """Count a stream."""
        self.streams += 1
        self.reason = self.reason or reason

    def line(self, reason: str) -> None:
        """Count a line."""
        self.lines += 1
        self.reason = self.reason or reason

    def message(self) -> str:
        """Return what the sender is told."""
        return f"not stored: {self.streams} streams and {self.lines} lines; {self.reason}"


def check_streams(count: int) -> None:
    """Raise OverLimit if these are more streams than a push may have."""
    if count > LOKI_STREAMS_MAX:
        raise OverLimit("loki_streams_max", LOKI_STREAMS_MAX, "push smaller batches")


def check_labels(size: int) -> None:
    """Raise OverLimit if these are more bytes of labels than are parsed of a push."""
    if size > LOKI_LABELS_BYTES_MAX:
        raise OverLimit("loki_labels_bytes_max", LOKI_LABELS_BYTES_MAX, "push smaller batches")
