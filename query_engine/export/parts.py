"""
The parts that an export tells its scribe, in the order in which they are told.

Rule: a process comes before its tracks, a track before what is on it, and of one track everything
in the order of time. What leaves (a departure) comes before what arrives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_engine.export.lanes import Spans
from query_engine.export.order import Ints, Marks


class Place(NamedTuple):
    """Where in the source a span is written."""

    file: str
    line: int
    function: str


class Kind(NamedTuple):
    """
    What spans look like; those with attributes have a kind of their own.

    Attributes:
        is_open: Nobody has told their end; they are drawn to the end of the export.
    """

    name: str
    category: str
    place: Place | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    is_open: bool = False


class Extent(NamedTuple):
    """The time that an export is about, Unix ns."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Process:
    """A process."""

    uuid: int
    process_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Track:
    """
    A row of a viewer.

    Attributes:
        process: The process that it belongs to.
        parent: The process or the track below which it is drawn.
        thread: Number that the system gave to the thread; None if it is not one, 0 if unknown.
        unit: Of the values on it; None if it has none.
    """

    uuid: int
    process: int
    parent: int
    name: str
    thread: int | None = None
    unit: str | None = None


class Departure(NamedTuple):
    """A moment on a track from which an arrow leads to where its flow arrives."""

    track: int
    time: int
    flow: int


class Look(NamedTuple):
    """What begins of slices look like, and where an arrow to the only one arrives."""

    kind: Kind
    flow: int | None = None
    time: int = 0


@dataclass(frozen=True)
class Slices:
    """
    Begins and ends of spans on one track, in order.

    Attributes:
        spans: Those concerned: first the ones that began in an earlier piece, outermost first.
        kinds: What ``spans.kind`` of those that begin here means.
        arrivals: The flows that arrive at spans, by their numbers.
    """

    track: int
    spans: Spans
    marks: Marks
    kinds: Sequence[Kind]
    arrivals: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def begun(self) -> int:
        """How many of the spans began in an earlier piece."""
        return len(self.spans) - int(np.count_nonzero(~self.marks.is_end))

    @cached_property
    def times(self) -> Ints:
        """When each mark is, Unix ns."""
        marks, spans = self.marks, self.spans
        return np.where(marks.is_end, spans.end[marks.span], spans.begin[marks.span])

    def looks(self) -> tuple[Sequence[Look | None], Ints]:
        """Return what the marks look like, None for ends, and which of it each does."""
        of_span = self.spans.kind
        more: list[Look] = []
        if self.arrivals:
            of_span = of_span.copy()
            arriving = np.isin(self.spans.number, list(self.arrivals))
            arriving[: self.begun] = False
            left = dict(self.arrivals)
            for place in np.flatnonzero(arriving).tolist():
                # An arrow arrives once, however often an id was used.
                flow = left.pop(int(self.spans.number[place]), None)
                if flow is None:
                    continue
                kind = self.kinds[int(of_span[place])]
                of_span[place] = len(self.kinds) + len(more)
                more.append(Look(kind, flow, int(self.spans.begin[place])))
        used = np.where(self.marks.is_end, -1, of_span[self.marks.span])
        numbers, which = np.unique(used, return_inverse=True)
        count = len(self.kinds)
        looks = [
            None if n < 0 else Look(self.kinds[n]) if n < count else more[n - count]
            for n in numbers.tolist()
        ]
        return looks, which


@dataclass(frozen=True, slots=True)
class Departures:
    """Moments from which arrows lead to slices that come later."""

    all: Sequence[Departure]


@dataclass(frozen=True, slots=True)
class Instants:
    """Log records of one track: ``time`` (Unix ns), ``level, target, msg``, in order."""

    track: int
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a track that has a unit, in order; times in Unix ns."""

    track: int
    times: Ints
    values: NDArray[np.float64]


Part = Process | Track | Departures | Slices | Instants | Values
