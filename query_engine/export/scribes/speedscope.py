"""
Speedscope's format: JSON, for speedscope.app; a profile for each track with spans.

Source of the format: https://www.speedscope.app/file-format-schema.json. A profile's events stand
together, and spans come by time, whatever their track: so they wait in a temporary file, 12 bytes
an event, until all are there. It has no place for logs, values, arrows and attributes.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_engine.errors import ExportTooLarge
from query_engine.export.limits import SPOOL_BYTES_MAX, SPOOL_READ_EVENTS
from query_engine.export.order import Ints
from query_engine.export.parts import (
    Departures,
    Extent,
    Instants,
    Kind,
    Process,
    Slices,
    Track,
    Values,
)
from query_engine.export.scribe import ExportFormat
from query_engine.export.scribes.json_text import picked, text, together

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_EVENT = np.dtype([("at", "<i8"), ("what", "<i4")])
"""``what`` is the number of the frame, or for the end of a span ``-1 - frame``."""


_NO_TIME = Extent(0, 0)


@dataclass(slots=True)
class _Profile:
    open: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    pieces: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class SpeedscopeScribe:
    """
    Keeps events in a file, and writes them when all are known.

    Args:
        scratch: Where the file lies.
    """

    scratch: Path | None
    bytes_max: int = SPOOL_BYTES_MAX
    _extent: Extent = field(default=_NO_TIME)
    _processes: dict[int, str] = field(default_factory=dict)
    _tracks: dict[int, Track] = field(default_factory=dict)
    _profiles: dict[int, _Profile] = field(default_factory=dict)
    _frames: dict[str, int] = field(default_factory=dict)
    _file: IO[bytes] | None = None
    _size: int = 0

    def begin(self, extent: Extent) -> bytes:
        """Write the head."""
        self._extent = extent
        head = {"$schema": SCHEMA, "exporter": "limnograph", "name": f"{extent.begin} Unix ns"}
        return (text(head)[:-1] + ',"profiles":[').encode()

    def process(self, process: Process) -> bytes:
        """Remember a process's name."""
        self._processes[process.uuid] = process.name
        return b""

    def track(self, track: Track) -> bytes:
        """Remember a track; it is a profile if it has spans."""
        self._tracks[track.uuid] = track
        return b""

    def departures(self, departures: Departures) -> bytes:
        """Leave them out."""
        del departures
        return b""

    def slices(self, slices: Slices) -> bytes:
        """
        Keep begins and ends.

        Raises:
            ExportTooLarge: The file is too large.
        """
        profile = self._profiles.setdefault(slices.track, _Profile())
        frames = np.array([self._frame(kind) for kind in slices.kinds], np.int64)
        new = slices.spans.kind[slices.begun :]
        of_span = np.concatenate([profile.open, frames[new] if len(new) else new])
        is_end, place = slices.marks.is_end, slices.marks.span
        events = np.empty(len(place), _EVENT)
        events["at"] = slices.times - self._extent.begin
        events["what"] = np.where(is_end, -1 - of_span[place], of_span[place])
        still = np.ones(len(of_span), np.bool_)
        still[place[is_end]] = False
        profile.open = of_span[still]
        self._keep(profile, events)
        return b""

    def instants(self, instants: Instants) -> bytes:
        """Leave them out."""
        del instants
        return b""

    def values(self, values: Values) -> bytes:
        """Leave them out."""
        del values
        return b""

    def end(self) -> Iterator[bytes]:
        """Write profile by profile, then the frames, which are all known now."""
        end = self._extent.end - self._extent.begin
        for number, (uuid, profile) in enumerate(self._profiles.items()):
            head = {"type": "evented", "name": self._name(uuid), "unit": "nanoseconds"}
            yield ("," * (number > 0) + "\n" + text(head)[:-1] + ',"events":[').encode()
            last = end
            for place, events in enumerate(self._kept(profile)):
                last = max(last, int(events["at"][-1]))
                yield _lines(events)[0 if place else 1 :].encode()
            yield f'],"startValue":0,"endValue":{last}}}'.encode()
        yield ('],"shared":{"frames":[\n' + ",\n".join(self._frames) + "\n]}}\n").encode()

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()

    def _frame(self, kind: Kind) -> int:
        """Return the number of what is called."""
        said: Mapping[str, object] = {"name": kind.name + " (open)" * kind.is_open}
        if kind.place is not None:
            said = {**said, "file": kind.place.file, "line": kind.place.line}
        return self._frames.setdefault(text(said), len(self._frames))

    def _name(self, uuid: int) -> str:
        track = self._tracks[uuid]
        if len(self._processes) == 1:
            return track.name
        return f"{self._processes[track.process]}: {track.name}"

    def _keep(self, profile: _Profile, events: NDArray[np.void]) -> None:
        if self._size + events.nbytes > self.bytes_max:
            raise ExportTooLarge(
                f"an export for speedscope keeps {_EVENT.itemsize} bytes for each begin and end on "
                f"disk, at most {self.bytes_max:,} in all; ask for a shorter range, or another "
                "format"
            )
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self.scratch)  # noqa: SIM115 (closed by `close`)
        self._file.write(events.tobytes())
        profile.pieces.append((self._size, events.nbytes))
        self._size += events.nbytes

    def _kept(self, profile: _Profile) -> Iterator[NDArray[np.void]]:
        """Yield the events of a profile, so many at a time."""
        step = SPOOL_READ_EVENTS * _EVENT.itemsize
        for start, size in profile.pieces:
            for first in range(start, start + size, step):
                assert self._file is not None, "what was kept is in the file"
                self._file.seek(first)
                yield np.frombuffer(self._file.read(min(step, start + size - first)), _EVENT)


def _lines(events: NDArray[np.void]) -> str:
    """Return events as JSON, each with a comma before it."""
    what, at = events["what"].astype(np.int64), events["at"].astype(np.int64)
    is_end = what < 0
    kinds = picked([',\n{"type":"O","frame":', ',\n{"type":"C","frame":'], is_end.astype(np.int64))
    return together(kinds, _digits(np.where(is_end, -1 - what, what)), ',"at":', _digits(at), "}")


def _digits(numbers: Ints) -> pl.Series:
    return pl.Series(numbers).cast(pl.String())


SPEEDSCOPE = ExportFormat(
    name="speedscope",
    media_type="application/json",
    ending="speedscope.json",
    doc="A flame chart for each thread, for speedscope.app; without logs, measures, arrows and "
    "attributes.",
    scribe=SpeedscopeScribe,
)
