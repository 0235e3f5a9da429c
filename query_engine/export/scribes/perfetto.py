"""Perfetto's own format: protobuf, with all the nanoseconds, for ui.perfetto.dev."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

from query_engine.export.parts import (
    Departure,
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
from query_engine.export.perfetto.interned import Interned
from query_engine.export.perfetto.packets import event, process_track, track, written
from query_engine.export.perfetto.stamped import Template, stamped, template
from query_engine.export.scribe import ExportFormat

TrackEvent = proto.TrackEvent


@dataclass(slots=True)
class PerfettoScribe:
    """Writes packets of one sequence."""

    _interned: Interned = field(default_factory=Interned)
    _is_begun: bool = False

    def begin(self, extent: Extent) -> bytes:
        """Write nothing: the first packet is that of the first process."""
        del extent
        return b""

    def process(self, process: Process) -> bytes:
        """Describe a process."""
        first, self._is_begun = not self._is_begun, True
        return written(process_track(process, first=first))

    def track(self, described: Track) -> bytes:
        """Describe a track."""
        return written(track(described))

    def departures(self, departures: Departures) -> bytes:
        """Write instants from which flows lead on."""
        return written(*(_leaving(one) for one in departures.all))

    def slices(self, slices: Slices) -> bytes:
        """Write begins and ends, after the texts that are new in them."""
        looks, which = slices.looks()
        templates = [self._template(slices.track, look) for look in looks]
        texts = written(*self._interned.untold())
        return texts + stamped(templates, which, slices.times)

    def instants(self, instants: Instants) -> bytes:
        """Write log records."""
        made = []
        for time, level, target, msg in instants.rows.iter_rows():
            one = event(TrackEvent.TYPE_INSTANT, instants.track, max(time, 0))
            one.track_event.name = msg
            one.track_event.category_iids.append(self._interned.category(target or ""))
            one.track_event.debug_annotations.add(name="level", int_value=level or 0)
            made.append(one)
        return written(*self._interned.untold()) + written(*made)

    def values(self, values: Values) -> bytes:
        """Write values of a counter."""
        made = template(event(TrackEvent.TYPE_COUNTER, values.track))
        which = np.zeros(len(values.times), np.int64)
        return stamped([made], which, values.times, values.values)

    def end(self) -> Iterator[bytes]:
        """Write nothing: any packet may be the last."""
        return iter(())

    def close(self) -> None:
        """Nothing is held."""

    def _template(self, track: int, look: Look | None) -> Template:
        """Return what the ends, or the begins of a look, are copies of."""
        if look is None:
            return template(event(TrackEvent.TYPE_SLICE_END, track))
        made = event(TrackEvent.TYPE_SLICE_BEGIN, track)
        _describe(made.track_event, look.kind, self._interned)
        if look.flow is not None:
            made.track_event.terminating_flow_ids.append(look.flow)
        return template(made)


def _describe(track_event: proto.TrackEvent, kind: Kind, interned: Interned) -> None:
    """Put name, category, place and attributes of a kind into an event."""
    track_event.name_iid = interned.name(kind.name)
    if kind.category:
        track_event.category_iids.append(interned.category(kind.category))
    if kind.place is not None:
        track_event.source_location_iid = interned.place(kind.place)
    for key, value in kind.attributes:
        track_event.debug_annotations.add(name=key, string_value=value)
    if kind.is_open:
        track_event.debug_annotations.add(name="open", bool_value=True)


def _leaving(one: Departure) -> proto.TracePacket:
    """Return the moment on the parent's track from which an arrow leads to the child."""
    made = event(TrackEvent.TYPE_INSTANT, one.track, max(one.time, 0))
    made.track_event.name = "starts"
    made.track_event.flow_ids.append(one.flow)
    return made


PERFETTO = ExportFormat(
    name="perfetto",
    media_type="application/vnd.perfetto-trace",
    ending="perfetto-trace",
    doc="Perfetto's own format, for ui.perfetto.dev.",
    scribe=lambda _: PerfettoScribe(),
)
