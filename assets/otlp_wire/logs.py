"""ResourceLogs: one row per log record."""

from assets.otlp_wire.scopes import (
    Entries,
    Scope,
    each_record,
    put_attribute,
    put_entry,
    put_number,
)
from assets.otlp_wire.values import Bounds, text_of
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
_LEVEL_NUMBERS = {0, 1, 5, 9, 13, 17, 21}
"""Severities that are what a level is; others say more than the level does."""


def read(data: bytes) -> dict[str, list[object]]:
    """Return the columns of a ResourceLogs message."""
    payload = Payload(data)
    rows = [_row(payload, scope, bounds) for scope, bounds in each_record(payload, named=True)]
    names = ("time", "level", "target", "msg", "properties")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _row(payload: Payload, scope: Scope, bounds: Bounds) -> tuple[object, ...]:
    payload.count()
    entries: Entries = {}
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
    msg = text_of(payload, spans.get(5, none))
    time, observed = unix_ns(numbers.get(1, 0)), unix_ns(numbers.get(11, 0))
    severity = int32(numbers.get(2, 0))
    scope.put(payload, entries)
    put_entry(payload, entries, "otel.trace_id", payload.hex(*spans.get(9, none)))
    put_entry(payload, entries, "otel.span_id", payload.hex(*spans.get(10, none)))
    put_entry(payload, entries, "otel.severity_text", payload.text(*spans.get(3, none)))
    put_entry(payload, entries, "otel.event_name", payload.text(*spans.get(12, none)))
    if severity not in _LEVEL_NUMBERS:
        put_number(payload, entries, "otel.severity_number", severity)
    if time and observed:
        put_number(payload, entries, "otel.observed_after_ns", observed - time)
    put_number(payload, entries, "otel.flags", numbers.get(8, 0))
    dropped = numbers.get(7, 0) & 0xFFFFFFFF
    put_number(payload, entries, "otel.dropped_attributes_count", dropped)
    return time or observed, _LEVELS.get(severity, 4), scope.name, msg, entries
