"""
What is true of a whole request: its symbols, what it was expanded to, what was left out and why.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from assets.otlp_wire.wire import BYTES, Malformed, Payload
from assets.prometheus_wire.limits import EXPANDED_BYTES_MAX, SYMBOLS_MAX

TYPES = (
    "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset",
)  # fmt: skip
"""The types of metrics, by their numbers in the protocol."""

STALE_BITS = 0x7FF0000000000002
"""A value that says that there is none any more."""

BAD_TIME = "its time is not between 1970 and 2262"


class RequestOverLimit(ValueError):
    """A request is over a limit: reason, byte offset, the limit's name."""


class SeriesRefused(ValueError):
    """A series, a sample, a histogram or an exemplar cannot be kept; the others can."""


@dataclass(frozen=True, slots=True)
class Family:
    """What is known of a family of metrics; *type* is an index into ``TYPES``."""

    type: int = 0
    help: bytes = b""
    unit: bytes = b""


Describe = Callable[[bytes], Family]
"""Tells what is known of a metric of this name."""


@dataclass(slots=True)
class Counts:
    """How many of each."""

    samples: int = 0
    histograms: int = 0
    exemplars: int = 0


@dataclass(slots=True)
class Request:
    """
    A request being translated.

    Attributes:
        second: Of the protocol's two messages.
        fault: Why the first of what was left out was; empty if nothing was.
        fault_name: The metric that it belonged to.
    """

    payload: Payload
    second: bool
    describe: Describe
    symbols: list[bytes] = field(default_factory=list)
    expanded: int = 0
    written: Counts = field(default_factory=Counts)
    refused: Counts = field(default_factory=Counts)
    fault: str = ""
    fault_name: bytes = b""

    def expand(self, size: int) -> None:
        """Count bytes that are written or looked at."""
        self.expanded += size
        if self.expanded > EXPANDED_BYTES_MAX:
            over_limit("remote_write_expanded_bytes_max", EXPANDED_BYTES_MAX)

    def read_symbols(self) -> None:
        """Read the table that references mean."""
        payload = self.payload
        for one in payload.fields(0, len(payload.data)):
            if one.number == 4:
                one.check(BYTES)
                self.symbols.append(payload.data[one.start : one.end])
        if len(self.symbols) > SYMBOLS_MAX:
            over_limit("remote_write_symbols_max", SYMBOLS_MAX)

    def symbol(self, reference: int, at: int) -> bytes:
        """Return the text that a reference means."""
        if reference >= len(self.symbols):
            raise Malformed(f"symbol {reference} is meant where there are {len(self.symbols)}", at)
        return self.symbols[reference]

    def leave_out(self, why: SeriesRefused, name: bytes) -> None:
        """Remember why something of a metric is left out."""
        if not self.fault:
            self.fault, self.fault_name = str(why), name


def over_limit(limit: str, value: int) -> None:
    """Raise what ends the translation at a limit."""
    raise RequestOverLimit(f"over {limit} = {value}", 0, limit)


def ns_of(bits: int) -> int:
    """Return a varint of milliseconds as nanoseconds; 0 where those could not tell it."""
    ms = bits if bits < 2**63 else bits - 2**64
    return ms * 1_000_000 if 0 < ms <= (2**63 - 1) // 1_000_000 else 0
