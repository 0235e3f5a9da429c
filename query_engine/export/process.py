"""
What a process did, part by part: what runs in the process that runs the query.

It travels inside a plan, so it holds plain values and serialized plans only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from query_engine.export.ids import uuid_of
from query_engine.export.limits import INSTANTS_ROWS, SERIES_MAX, TEXT_CHARS_MAX
from query_engine.export.parts import Extent, Instants, Part, Process, Track, Values
from query_engine.export.tracks import Tracks
from query_engine.export.windows import Plan

SPAN_COLUMNS = ("stream_id", "id", "parent", "begin", "end", "name", "target", "filename", "line")
"""Columns of the plan of spans, besides ``attributes`` and ``facts``; times in Unix ns."""

_OTHERS = "(others)"
"""Stands for the attributes of series that have no track of their own."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A stream of spans: its label, and the number that the system gave to the thread."""

    stream_id: str
    name: str
    thread_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSource:
    """
    What the export of a process is made of.

    Attributes:
        process_name: The executable.
        threads: The streams of ``spans``.
        spans: Spans of threads: SPAN_COLUMNS, ``attributes``, and ``facts``: what else is to be
            said, as a struct of texts and lists, NULL where there is nothing.
        requests: Trace spans, with ``id`` and ``parent`` as numbers and the same columns.
        logs: ``time, level, target, msg``.
        measures: ``time, name, unit, series, value``; the series is its attributes as text.
        end_ns: Open spans are drawn until then, Unix ns; None is until the last that is known.
    """

    process_id: str
    process_name: str
    threads: tuple[Thread, ...] = ()
    spans: Plan | None = None
    requests: Plan | None = None
    logs: Plan | None = None
    measures: Plan | None = None
    end_ns: int | None = None

    @property
    def uuid(self) -> int:
        """The id of the process."""
        return uuid_of(self.process_id)

    def extent(self) -> Extent:
        """Return when the first of it began, and until when open spans are drawn."""
        plans = (self.spans, self.requests, self.logs, self.measures)
        reaches = [plan.reach() for plan in plans if plan is not None]
        lows = [reach.low for reach in reaches if reach.rows]
        last = max((reach.last for reach in reaches if reach.rows), default=0)
        return Extent(min(lows, default=0), last if self.end_ns is None else self.end_ns)

    def parts(self, extent: Extent) -> Iterator[Part]:
        """Yield the parts."""
        yield Process(self.uuid, self.process_id, self.process_name)
        if self.spans is not None:
            yield from self._thread_spans(self.spans, extent)
        if self.requests is not None:
            yield from self._request_spans(self.requests, extent)
        if self.logs is not None:
            yield from self._log_records(self.logs)
        if self.measures is not None:
            yield from self._values(self.measures)

    def _thread_spans(self, plan: Plan, extent: Extent) -> Iterator[Part]:
        tracks: dict[str, Tracks] = {}
        for thread in self.threads:
            number = int(thread.thread_id) if thread.thread_id.isdecimal() else 0
            uuid = uuid_of(thread.stream_id)
            track = Track(uuid, self.uuid, self.uuid, thread.name, thread=number)
            tracks[thread.stream_id] = Tracks(track)
            yield track
        for window in plan.windows():
            for (stream_id,), rows in window.group_by("stream_id", maintain_order=True):
                yield from tracks[str(stream_id)].take(rows, extent.end)
        for group in tracks.values():
            yield from group.finish()

    def _request_spans(self, plan: Plan, extent: Extent) -> Iterator[Part]:
        track = request_track(self.uuid)
        yield track
        group = Tracks(track)
        for window in plan.windows():
            yield from group.take(window, extent.end)
        yield from group.finish()

    def _log_records(self, plan: Plan) -> Iterator[Part]:
        track = log_track(self.uuid)
        yield track
        for window in plan.windows():
            yield from instants(track, window)

    def _values(self, plan: Plan) -> Iterator[Part]:
        known: set[int] = set()
        for window in plan.windows():
            for (name, unit, series), rows in window.sort("time").group_by(
                "name", "unit", "series", maintain_order=True
            ):
                told = f" {{{series}}}" if series else ""
                uuid = uuid_of(f"counter {name}\0{unit}\0{series}", self.uuid)
                if uuid not in known and len(known) >= SERIES_MAX:
                    told = f" {_OTHERS}"
                    uuid = uuid_of(f"counter {name}\0{unit}\0{_OTHERS}", self.uuid)
                if uuid not in known:
                    known.add(uuid)
                    yield Track(uuid, self.uuid, self.uuid, f"{name}{told}", unit=str(unit or ""))
                yield Values(uuid, rows["time"].to_numpy(), rows["value"].to_numpy())


def request_track(process: int) -> Track:
    """Return the track of the trace spans of a process."""
    return Track(uuid_of("async_track", process), process, process, "Async Operations")


def log_track(process: int) -> Track:
    """Return the track of the log records of a process."""
    return Track(uuid_of("logs", process), process, process, "Logs")


def log_plan(logs: pl.LazyFrame, *more: str) -> Plan:
    """
    Return the plan of log records, their messages as far as they are shown.

    Args:
        logs: ``time`` (a timestamp), ``level, target, msg``, and *more*.
        *more: Names of columns to keep.
    """
    msg = pl.col("msg").fill_null("")
    longer = msg.str.len_chars() > TEXT_CHARS_MAX
    shown = pl.when(longer).then(msg.str.slice(0, TEXT_CHARS_MAX - 1) + "…").otherwise(msg)
    rows = logs.select(*more, pl.col("time").cast(pl.Int64()), "level", "target", shown)
    return Plan.of(
        rows.with_columns(pl.col("msg").str.len_bytes().alias("size")), "time", size="size"
    )


def instants(track: Track, window: pl.DataFrame) -> Iterator[Instants]:
    """Yield log records as instants of a track, so many at a time."""
    rows = window.select("time", "level", "target", "msg").sort("time", maintain_order=True)
    for piece in rows.iter_slices(INSTANTS_ROWS):
        yield Instants(track.uuid, piece)
