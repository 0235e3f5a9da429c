"""
AnyValue as text: a string is itself, a number its shortest decimals, bytes are base64, an array or
a map is JSON, nothing is the empty text. Of several values in one message the last counts.
"""

import base64
import json
import math

from assets.otlp_wire.limits import VALUE_DEPTH_MAX
from assets.otlp_wire.wire import (
    BYTES,
    FIXED64,
    VARINT,
    Field,
    Malformed,
    Payload,
    double,
    int64,
)

STRING, BOOL, INT, DOUBLE, ARRAY, MAP, BINARY = range(1, 8)
NAMES = ("null", "string", "bool", "int", "double", "array", "map", "bytes")
"""What values are called, by the number of their field; 0 is none."""

_WIRES = {STRING: BYTES, BOOL: VARINT, INT: VARINT, DOUBLE: FIXED64, ARRAY: BYTES, MAP: BYTES,
          BINARY: BYTES}  # fmt: skip

Bounds = tuple[int, int]
"""Where a message begins and ends."""


def key_and_value(payload: Payload, bounds: Bounds) -> tuple[Bounds, Bounds]:
    """Split a KeyValue; what is absent is empty."""
    key = value = (0, 0)
    for field in payload.fields(*bounds):
        if field.number in {1, 2}:
            field.check(BYTES)
            if field.number == 1:
                key = field.start, field.end
            else:
                value = field.start, field.end
    return key, value


def typed_text_of(payload: Payload, bounds: Bounds) -> tuple[str, int]:
    """Return a value as text, and what it is: the number of its field, 0 if it is nothing."""
    field = find_value(payload, bounds)
    return _text(payload, field), field.number if field else 0


def text_of(payload: Payload, bounds: Bounds) -> str:
    """Return a value as text."""
    return _text(payload, find_value(payload, bounds))


def _text(payload: Payload, field: Field | None) -> str:
    if field is None:
        return ""
    match field.number:
        case 1:
            return payload.text(field.start, field.end)
        case 4:
            return payload.made(decimals(double(field.value)))
        case 7:
            return payload.made(_base64(payload, field))
        case _:
            return payload.made(_json(payload, field, 0))


def json_of(payload: Payload, bounds: Bounds, depth: int) -> str:
    """Return a value as JSON."""
    return _json(payload, find_value(payload, bounds), depth)


def json_member(payload: Payload, bounds: Bounds, depth: int) -> str:
    """Return a KeyValue as a member of a JSON object."""
    key, value = key_and_value(payload, bounds)
    name = json.dumps(payload.text(*key), ensure_ascii=False)
    return f"{name}:{json_of(payload, value, depth)}"


def decimals(value: float) -> str:
    """Return the shortest decimals that are this number."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def json_number(value: float) -> str:
    """Return a number as JSON, which has no infinities."""
    return decimals(value) if math.isfinite(value) else f'"{decimals(value)}"'


def find_value(payload: Payload, bounds: Bounds) -> Field | None:
    """Return the field of an AnyValue that counts: the last one that is a value."""
    found = None
    for field in payload.fields(*bounds):
        if field.number in _WIRES:
            field.check(_WIRES[field.number])
            found = field
    return found


def _json(payload: Payload, field: Field | None, depth: int) -> str:
    if field is None:
        return "null"
    match field.number:
        case 1:
            return json.dumps(payload.text(field.start, field.end), ensure_ascii=False)
        case 2:
            return "true" if field.value else "false"
        case 3:
            return str(int64(field.value))
        case 4:
            return json_number(double(field.value))
        case 5:
            return "[" + ",".join(_elements(payload, field, depth + 1)) + "]"
        case 6:
            return "{" + ",".join(_elements(payload, field, depth + 1)) + "}"
        case _:
            return f'"{_base64(payload, field)}"'


def _elements(payload: Payload, parent: Field, depth: int) -> list[str]:
    if depth > VALUE_DEPTH_MAX:
        raise Malformed(f"values are nested more than {VALUE_DEPTH_MAX=} deep", parent.start)
    one = json_member if parent.number == MAP else json_of
    texts = []
    for field in payload.fields(parent.start, parent.end):
        if field.number == 1:
            field.check(BYTES)
            texts.append(one(payload, (field.start, field.end), depth))
    return texts


def _base64(payload: Payload, field: Field) -> str:
    return base64.b64encode(payload.data[field.start : field.end]).decode()
