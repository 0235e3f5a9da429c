"""
Chrome's trace event format: JSON, for chrome://tracing and many other readers.

Source of the format: "Trace Event Format" (the JSON object form). Times are microseconds since the
export's begin: as numbers of JSON readers take them they keep their nanoseconds only if small.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from query_engine.export.parts import (
    Departures,
    Extent,
    Instants,
    Kind,
    Look,
    Process,
    Slices,
    Track,
    Values,
)
from query_engine.export.scribe import ExportFormat
from query_engine.export.scribes.json_text import microseconds, picked, text, together

_FLOW = '"name":"starts","cat":"flow"'
_NEXT = ",\n"


@dataclass(slots=True)
class ChromeScribe:
    """
    Writes one event a line.

    Processes and tracks are numbered as they come: the format takes numbers only, and those of the
    system are not always known, nor unique.
    """

    _begin: int = 0
    _processes: dict[int, int] = field(default_factory=dict)
    _tracks: dict[int, str] = field(default_factory=dict)
    _counters: dict[int, tuple[str, str]] = field(default_factory=dict)

    def begin(self, extent: Extent) -> bytes:
        """Write the head: what times are counted from."""
        self._begin = extent.begin
        other = text({"begin_unix_ns": str(extent.begin), "end_unix_ns": str(extent.end)})
        head = f'{{"displayTimeUnit":"ns","otherData":{other},"traceEvents":[\n'
        return head.encode()

    def process(self, process: Process) -> bytes:
        """Describe a process."""
        number = self._processes[process.uuid] = len(self._processes) + 1
        named = [("process_name", "name", process.name)]
        named.append(("process_labels", "labels", process.process_id))
        lines = [
            text({"ph": "M", "name": name, "pid": number, "args": {key: value}})
            for name, key, value in named
        ]
        return (_NEXT * (number > 1) + _NEXT.join(lines)).encode()

    def track(self, track: Track) -> bytes:
        """Describe a track; counters have a name only."""
        process = self._processes[track.process]
        if track.unit is not None:
            self._counters[track.uuid] = (f'"pid":{process},"name":{text(track.name)}', track.unit)
            return b""
        number = len(self._tracks) + 1
        self._tracks[track.uuid] = f'"pid":{process},"tid":{number}'
        said = {"name": {"name": track.name}, "sort_index": {"sort_index": number}}
        lines = [
            text({"ph": "M", "name": f"thread_{key}", "pid": process, "tid": number, "args": args})
            for key, args in said.items()
        ]
        return (_NEXT + _NEXT.join(lines)).encode()

    def departures(self, departures: Departures) -> bytes:
        """Write starts of flows."""
        return "".join(
            f'{_NEXT}{{"ph":"s","id":"{one.flow:#x}",{self._tracks[one.track]},{_FLOW},'
            f'"ts":{self._time(one.time)}}}'
            for one in departures.all
        ).encode()

    def slices(self, slices: Slices) -> bytes:
        """Write begins and ends."""
        looks, which = slices.looks()
        place = self._tracks[slices.track]
        before = [_NEXT + _before(look, place) for look in looks]
        after = ["}" + self._arrival(look, place) for look in looks]
        times = microseconds(slices.times - self._begin)
        return together(picked(before, which), times, picked(after, which)).encode()

    def instants(self, instants: Instants) -> bytes:
        """Write log records."""
        place = self._tracks[instants.track]
        lines = []
        for time, level, target, msg in instants.rows.iter_rows():
            said = f'"name":{text(msg)},"cat":{text(target or "")},"args":{{"level":{level or 0}}}'
            lines.append(f'{_NEXT}{{"ph":"i","s":"t",{place},{said},"ts":{self._time(time)}}}')
        return "".join(lines).encode()

    def values(self, values: Values) -> bytes:
        """Write values of a counter, but those that JSON has no numbers for."""
        named, unit = self._counters[values.track]
        known = np.isfinite(values.values)
        numbers = [repr(value) for value in values.values[known].tolist()]
        if not numbers:
            return b""
        before = f'{_NEXT}{{"ph":"C",{named},"ts":'
        between = f',"args":{{{text(unit or "value")}:'
        times = microseconds(values.times[known] - self._begin)
        return together(
            before, times, between, picked(numbers, np.arange(len(numbers))), "}}"
        ).encode()

    def end(self) -> Iterator[bytes]:
        """Close what was opened."""
        yield b"\n]}\n"

    def close(self) -> None:
        """Nothing is held."""

    def _time(self, time: int) -> str:
        since = time - self._begin
        whole, rest = divmod(abs(since), 1000)
        return f"{'-' * (since < 0)}{whole}.{rest:03}"

    def _arrival(self, look: Look | None, place: str) -> str:
        """Return the end of the flow that arrives at a slice, right after the slice's begin."""
        if look is None or look.flow is None:
            return ""
        return (
            f'{_NEXT}{{"ph":"f","bp":"e","id":"{look.flow:#x}",{place},{_FLOW},'
            f'"ts":{self._time(look.time)}}}'
        )


def _before(look: Look | None, place: str) -> str:
    """Return the line of a begin or an end, up to its time."""
    if look is None:
        return f'{{"ph":"E",{place},"ts":'
    kind = look.kind
    return f'{{"ph":"B",{place},"name":{text(kind.name)}{_said(kind)},"ts":'


def _said(kind: Kind) -> str:
    args: dict[str, object] = dict(kind.attributes)
    if kind.place is not None:
        args |= {"source": f"{kind.place.file}:{kind.place.line}"}
    if kind.is_open:
        args |= {"open": True}
    category = f',"cat":{text(kind.category)}' if kind.category else ""
    return category + (f',"args":{text(args)}' if args else "")


CHROME = ExportFormat(
    name="chrome",
    media_type="application/json",
    ending="trace.json",
    doc="Chrome's trace events as JSON, for chrome://tracing and others; without values that are "
    "no numbers.",
    scribe=lambda _: ChromeScribe(),
)
