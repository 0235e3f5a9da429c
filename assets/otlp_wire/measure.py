"""
What a receiver has to know of a Resource* message: how many rows it makes, and of which times.

Rule: rows and times are those that decoding will find, since it is decoding that finds them here.
A message that breaks the wire format is found out before it is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.otlp_wire import histograms, logs, points, spans
from assets.otlp_wire.extension import native
from assets.otlp_wire.limits import PAYLOAD_BYTES_MAX
from assets.otlp_wire.wire import Malformed, Payload

_TIMES = ("time", "start", "end")


@dataclass(frozen=True, slots=True)
class Measured:
    """
    What a message holds.

    Attributes:
        records: Rows that it makes: log records, spans, or numbers and histograms.
        repaired: A text was no UTF-8; its rows have U+FFFD for what was none.
        odd_ids: Spans whose ids have another length than the specification says.
        begin_ns, end_ns: Least and greatest of the times that are known, Unix ns; 0 when none is.
    """

    records: int
    begin_ns: int
    end_ns: int
    repaired: bool
    odd_ids: int


def by_extension(signal: str, payload: bytes) -> Measured:
    """Measure with the C extension."""
    assert native is not None, "the extension is there"
    return Measured(*native.measure(signal, payload))


_READ: Mapping[str, Sequence[Callable[[bytes | Payload], Mapping[str, list[Any]]]]] = {
    "logs": (logs.read,),
    "metrics": (points.read, histograms.read),
    "traces": (spans.read,),
}


def by_python(signal: str, payload: bytes) -> Measured:
    """Measure in Python."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise Malformed(f"the payload has more than {PAYLOAD_BYTES_MAX=} bytes", 0)
    times: list[int] = []
    records, repaired, odd_ids = 0, False, 0
    for read in _READ[signal]:
        whole = Payload(payload)
        table = read(whole)
        repaired, odd_ids = repaired or whole.repaired, odd_ids + whole.odd_ids
        columns = [table[name] for name in _TIMES if name in table]
        records += len(columns[0])
        times += [time for column in columns for time in column if time]
    return Measured(records, min(times, default=0), max(times, default=0), repaired, odd_ids)


measure: Callable[[str, bytes], Measured] = by_extension if native is not None else by_python
"""
Measure a message of "logs", "metrics" or "traces".

Raises a ValueError of reason and byte offset if it breaks the wire format.
"""
