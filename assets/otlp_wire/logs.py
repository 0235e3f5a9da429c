"""ResourceLogs: one row per log record."""

from assets.otlp_wire.entries import (
    Entries,
    put_attribute,
    put_entry,
    put_integer,
    put_number,
    put_odd_time,
)
from assets.otlp_wire.scopes import Scope, each_record
from assets.otlp_wire.values import NAMES, STRING, Bounds, typed_text_of
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

_WIRES = {
    1: FIXED64, 2: VARINT, 3: BYTES, 5: BYTES, 6: BYTES, 7: VARINT, 8: FIXED32, 9: BYTES,
    10: BYTES, 11: FIXED64, 12: BYTES,
}  # fmt: skip
_LEVELS = {number: 6 - (number - 1) // 4 for number in range(1, 25)}
_LEVEL_NUMBERS = {1, 5, 9, 13, 17, 21}
"""Severities that are what a level is; others, 0 too, say another thing."""


def read(data: bytes | Payload) -> dict[str, list[object]]:
    """Return the columns of a ResourceLogs message."""
    payload = data if isinstance(data, Payload) else Payload(data)
    rows = [_row(payload, scope, bounds) for scope, bounds in each_record(payload, named=True)]
    names = ("time", "level", "target", "msg", "properties", "property_types")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _row(payload: Payload, scope: Scope, bounds: Bounds) -> tuple[object, ...]:
    payload.count()
    entries = Entries()
    fields: dict[int, Field] = {}
    for field in payload.fields(*bounds):
        if field.number in _WIRES:
            field.check(_WIRES[field.number])
            fields[field.number] = field
            if field.number == 6:
                put_attribute(payload, entries, (field.start, field.end))
    numbers = {number: field.value for number, field in fields.items()}
    spans = {number: (field.start, field.end) for number, field in fields.items()}
    none = (0, 0)
    msg, kind = typed_text_of(payload, spans.get(5, none))
    time, observed = unix_ns(numbers.get(1, 0)), unix_ns(numbers.get(11, 0))
    severity = int32(numbers.get(2, 0))
    scope.put(payload, entries)
    if severity not in _LEVEL_NUMBERS:
        put_integer(payload, entries, "otel.severity_number", severity)
    put_entry(payload, entries, "otel.trace_id", payload.hex(*spans.get(9, none)))
    put_entry(payload, entries, "otel.span_id", payload.hex(*spans.get(10, none)))
    put_entry(payload, entries, "otel.severity_text", payload.text(*spans.get(3, none)))
    put_entry(payload, entries, "otel.event_name", payload.text(*spans.get(12, none)))
    if time and observed:
        put_integer(payload, entries, "otel.observed_after_ns", observed - time)
    put_odd_time(payload, entries, "otel.time_unix_nano", numbers.get(1, 0), or_none=True)
    late = numbers.get(11, 0)
    put_odd_time(payload, entries, "otel.observed_time_unix_nano", late, or_none=False)
    put_number(payload, entries, "otel.flags", numbers.get(8, 0))
    dropped = numbers.get(7, 0) & 0xFFFFFFFF
    put_number(payload, entries, "otel.dropped_attributes_count", dropped)
    start, end = spans.get(5, none)
    if kind != STRING and end > start:
        put_entry(payload, entries, "otel.body_type", NAMES[kind])
    level = _LEVELS.get(severity, 4)
    return time or observed, level, scope.name, msg, entries, entries.types()
