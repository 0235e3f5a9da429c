"""
A whole trace, part by part: every process that took part, and arrows where one called another.

Rule: all spans are in memory at once, as arrows lead anywhere; how many they may be is bounded.
Logs are read by windows of time: there may be any number.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

import polars as pl

from assets.errors import NotFound
from query_engine.errors import ExportTooLarge
from query_engine.export.ids import uuid_of
from query_engine.export.limits import TRACE_SPANS_MAX
from query_engine.export.parts import Departure, Departures, Extent, Part, Process, Slices, Track
from query_engine.export.process import instants, log_track, request_track
from query_engine.export.tracks import Tracks
from query_engine.export.windows import Plan


@dataclass(frozen=True, slots=True)
class TraceSource:
    """
    What the export of a trace is made of.

    Attributes:
        spans: Its spans: ``process_id, exe``, and the columns of requests of a process.
        logs: ``process_id, time, level, target, msg``.
    """

    trace_id: str
    spans: Plan
    logs: Plan | None = None

    def extent(self) -> Extent:
        """
        Return when the first span began and the last ended.

        Raises:
            NotFound: It has no spans.
            ExportTooLarge: It has too many.
        """
        reach = self.spans.reach()
        if not reach.rows:
            raise NotFound(f"there are no spans of trace {self.trace_id}")
        if reach.rows > TRACE_SPANS_MAX:
            raise ExportTooLarge(
                f"the trace has {reach.rows:,} spans, an export may have {TRACE_SPANS_MAX:,}; "
                "export its processes one by one"
            )
        return Extent(reach.low, reach.last)

    def parts(self, extent: Extent) -> Iterator[Part]:
        """Yield the parts: first all processes and tracks, then arrows, then what they lead to."""
        rows = self.spans.rows().collect(engine="streaming").sort("begin", maintain_order=True)
        told: list[tuple[str, Slices]] = []
        known: set[int] = set()
        for (process_id,), of_process in rows.group_by("process_id", maintain_order=True):
            name = str(of_process["exe"][0] or "")
            process = Process(uuid_of(str(process_id)), str(process_id), name)
            known.add(process.uuid)
            yield process
            track = request_track(process.uuid)
            yield track
            group = Tracks(track)
            for part in (*group.take(of_process, extent.end), *group.finish()):
                if isinstance(part, Slices):
                    told.append((str(process_id), part))
                else:
                    yield part
        flows = _flows(rows, extent.end, told)
        yield Departures(list(flows.values()))
        for process_id, part in told:
            # An arrow arrives once, also where an id was used twice.
            arriving = {
                number: flows.pop((process_id, number)).flow
                for number in part.spans.number[part.begun :].tolist()
                if (process_id, number) in flows
            }
            yield replace(part, arrivals={**arriving, **part.arrivals})
        if self.logs is not None:
            yield from self._log_records(self.logs, known)

    def _log_records(self, plan: Plan, known: Container[int]) -> Iterator[Part]:
        tracks: dict[str, Track] = {}
        for window in plan.windows():
            for (process_id,), rows in window.group_by("process_id", maintain_order=True):
                name = str(process_id)
                uuid = uuid_of(name)
                if name not in tracks:
                    if uuid not in known:
                        yield Process(uuid, name, name)
                    tracks[name] = log_track(uuid)
                    yield tracks[name]
                yield from instants(tracks[name], rows)


def _flows(
    rows: pl.DataFrame, until: int, told: list[tuple[str, Slices]]
) -> dict[tuple[str, int], Departure]:
    """
    Return by process and number of each span that another process caused where its arrow begins.

    That is on the parent's lane, when the child began; no later than the parent ended, nor than the
    child began, whatever their clocks say.
    """
    lane = {
        number: part.track
        for _, part in reversed(told)
        for number in part.spans.number[part.begun :].tolist()
    }
    spans = rows.select(
        "process_id", "id", "parent", "begin", pl.col("end").fill_null(until)
    ).unique("id", keep="first", maintain_order=True)
    parents = spans.select(
        pl.col("id").alias("parent"),
        pl.col("process_id").alias("parent_process"),
        pl.col("end").alias("parent_end"),
    )
    found = (
        spans.join(parents, on="parent", maintain_order="left")
        .filter(pl.col("parent") != 0, pl.col("process_id") != pl.col("parent_process"))
        .select("process_id", "id", "parent", pl.min_horizontal("begin", "parent_end"))
    )
    return {
        (process, number): Departure(lane[parent], time, uuid_of(f"caused {number}"))
        for process, number, parent, time in found.iter_rows()
    }
