"""
What a scribe is: it writes one format, told the parts of an export one after the other.

Rule: a scribe remembers names and tracks, never events: an export may be of any length.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from query_engine.export.parts import (
    Departures,
    Extent,
    Instants,
    Part,
    Process,
    Slices,
    Track,
    Values,
)


class Scribe(Protocol):
    """Writes one file; every call returns the bytes that follow."""

    def begin(self, extent: Extent) -> bytes:
        """Begin the file."""
        ...

    def process(self, process: Process) -> bytes:
        """Introduce a process."""
        ...

    def track(self, track: Track) -> bytes:
        """Introduce a track."""
        ...

    def departures(self, departures: Departures) -> bytes:
        """Write where arrows begin."""
        ...

    def slices(self, slices: Slices) -> bytes:
        """Write begins and ends of spans."""
        ...

    def instants(self, instants: Instants) -> bytes:
        """Write log records."""
        ...

    def values(self, values: Values) -> bytes:
        """Write values of a measure."""
        ...

    def end(self) -> Iterator[bytes]:
        """Yield the end of the file."""
        ...

    def close(self) -> None:
        """Let go of what it needed, also of a file that is given up."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """
    A format of exports.

    Attributes:
        name: What a request calls it.
        media_type: What it is sent as.
        ending: Of the files.
        doc: Who reads it, and what it has no place for.
        scribe: Makes the scribe of one file; its argument is where temporary files may lie, None
            for the system's place.
    """

    name: str
    media_type: str
    ending: str
    doc: str
    scribe: Callable[[Path | None], Scribe]


def written(scribe: Scribe, extent: Extent, parts: Iterable[Part]) -> Iterator[bytes]:
    """Yield a file piece by piece."""
    try:
        yield scribe.begin(extent)
        for part in parts:
            yield _written(scribe, part)
        yield from scribe.end()
    finally:
        scribe.close()


def _written(scribe: Scribe, part: Part) -> bytes:
    match part:
        case Slices():
            return scribe.slices(part)
        case Values():
            return scribe.values(part)
        case Instants():
            return scribe.instants(part)
        case Departures():
            return scribe.departures(part)
        case Track():
            return scribe.track(part)
        case Process():
            return scribe.process(part)
