"""ResourceSpans: one row per span, with its events and links as lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from assets.otlp_wire.entries import (
    Entries,
    put_attribute,
    put_entry,
    put_integer,
    put_number,
    put_odd_time,
)
from assets.otlp_wire.scopes import Scope, each_record
from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    Field,
    Payload,
    int32,
    unix_ns,
)

_SPAN = {
    1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: BYTES, 6: VARINT, 7: FIXED64, 8: FIXED64, 9: BYTES,
    10: VARINT, 11: BYTES, 12: VARINT, 13: BYTES, 14: VARINT, 15: BYTES, 16: FIXED32,
}  # fmt: skip
_EVENT = {1: FIXED64, 2: BYTES, 3: BYTES, 4: VARINT}
_LINK = {1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: FIXED32}
_STATUS = {2: BYTES, 3: VARINT}

_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_STATUSES = ("UNSET", "OK", "ERROR")
_ID_BYTES = [16, 8]
"""Of a trace and of a span."""

_NAMES = (
    "trace_id", "span_id", "parent_span_id", "start", "end", "target", "name", "kind", "status",
    "status_message", "properties", "property_types", "events", "event_time", "event_name",
    "event_attributes", "links", "link_trace_id", "link_span_id",
    "link_trace_state", "link_attributes",
)  # fmt: skip


@dataclass(slots=True)
class Message:
    """The last field of each number, and the attributes."""

    payload: Payload
    fields: dict[int, Field] = field(default_factory=dict)
    entries: Entries = field(default_factory=Entries)

    def bounds(self, number: int) -> Bounds:
        """Where a field stands; empty if absent."""
        found = self.fields.get(number)
        return (found.start, found.end) if found else (0, 0)

    def text(self, number: int) -> str:
        """A text, empty if absent."""
        return self.payload.text(*self.bounds(number))

    def hex(self, number: int) -> str:
        """An id, empty if absent."""
        return self.payload.hex(*self.bounds(number))

    def value(self, number: int) -> int:
        """A number, 0 if absent."""
        found = self.fields.get(number)
        return found.value if found else 0

    def note(self, number: int, key: str) -> None:
        """Put a number that is not zero among the attributes."""
        put_number(self.payload, self.entries, key, self.value(number) & 0xFFFFFFFF)

    def note_time(self, number: int, key: str, *, or_none: bool) -> None:
        """Put a time that its column cannot show among the attributes."""
        put_odd_time(self.payload, self.entries, key, self.value(number), or_none=or_none)

    def note_name(self, number: int, key: str, names: Sequence[str]) -> None:
        """Put a number that has no name among the attributes."""
        if self.value(number) >= len(names):
            put_integer(self.payload, self.entries, key, int32(self.value(number)))


Columns = dict[str, list[object]]
NOTHING_INSIDE: Mapping[int, Callable[[Bounds], None]] = {}


def read(data: bytes | Payload) -> Columns:
    """Return the columns of a ResourceSpans message."""
    payload = data if isinstance(data, Payload) else Payload(data)
    columns: Columns = {name: [] for name in _NAMES}
    columns["events"].append(0)
    columns["links"].append(0)
    for scope, bounds in each_record(payload, named=True):
        _row(payload, columns, scope, bounds)
    return columns


def _message(
    payload: Payload,
    bounds: Bounds,
    wires: Mapping[int, int],
    attribute: int,
    inside: Mapping[int, Callable[[Bounds], None]] = NOTHING_INSIDE,
) -> Message:
    message = Message(payload)
    for one in payload.fields(*bounds):
        if one.number in wires:
            one.check(wires[one.number])
            message.fields[one.number] = one
            if one.number == attribute:
                put_attribute(payload, message.entries, (one.start, one.end))
            elif one.number in inside:
                inside[one.number]((one.start, one.end))
    return message


def _row(payload: Payload, columns: Columns, scope: Scope, bounds: Bounds) -> None:
    payload.count()
    inside = {11: partial(_event, payload, columns), 13: partial(_link, payload, columns)}
    span = _message(payload, bounds, _SPAN, 9, inside)
    status = _message(payload, span.bounds(15), _STATUS, 0)
    lengths = [end - start for start, end in (span.bounds(1), span.bounds(2))]
    payload.odd_ids += lengths != _ID_BYTES
    ids = {"trace_id": span.hex(1), "span_id": span.hex(2), "parent_span_id": span.hex(4)}
    scope.put(payload, span.entries)
    put_entry(payload, span.entries, "otel.trace_state", span.text(3))
    span.note(16, "otel.flags")
    span.note(10, "otel.dropped_attributes_count")
    span.note(12, "otel.dropped_events_count")
    span.note(14, "otel.dropped_links_count")
    span.note_time(7, "otel.start_time_unix_nano", or_none=True)
    span.note_time(8, "otel.end_time_unix_nano", or_none=True)
    span.note_name(6, "otel.kind", _KINDS)
    if status.value(3) >= len(_STATUSES):
        put_integer(payload, span.entries, "otel.status_code", int32(status.value(3)))
    row: dict[str, object] = {
        **ids,
        "start": unix_ns(span.value(7)),
        "end": unix_ns(span.value(8)),
        "target": scope.name,
        "name": span.text(5),
        "kind": _named(_KINDS, span.value(6)),
        "status": _named(_STATUSES, status.value(3)),
        "status_message": status.text(2),
        "properties": span.entries,
        "property_types": span.entries.types(),
        "events": len(columns["event_time"]),
        "links": len(columns["link_span_id"]),
    }
    for name, value in row.items():
        columns[name].append(value)


def _named(names: tuple[str, ...], number: int) -> str:
    """Return the name of a number; one without a name has that of 0."""
    return names[number] if number < len(names) else names[0]


def _event(payload: Payload, columns: Columns, bounds: Bounds) -> None:
    event = _message(payload, bounds, _EVENT, 3)
    payload.count()
    event.note_time(1, "otel.time_unix_nano", or_none=False)
    event.note(4, "otel.dropped_attributes_count")
    event.entries.note_types(payload)
    columns["event_time"].append(unix_ns(event.value(1)))
    columns["event_name"].append(event.text(2))
    columns["event_attributes"].append(event.entries)


def _link(payload: Payload, columns: Columns, bounds: Bounds) -> None:
    link = _message(payload, bounds, _LINK, 4)
    payload.count()
    link.note(6, "otel.flags")
    link.note(5, "otel.dropped_attributes_count")
    link.entries.note_types(payload)
    columns["link_trace_id"].append(link.hex(1))
    columns["link_span_id"].append(link.hex(2))
    columns["link_trace_state"].append(link.text(3))
    columns["link_attributes"].append(link.entries)
