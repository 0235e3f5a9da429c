"""
Arrays and maps as they stand in the key of a process: as Rust's ``{:?}`` writes prost's messages.

Micromegas hashes that text where an attribute of a process's key has such a value, which hardly any
has. Rule: the form of prost 0.14 with the definitions 1.10 of OTLP. What is not certain: which
characters beyond ASCII Rust takes for unprintable; those that Python does are escaped.
"""

import re
from collections.abc import Callable

from assets.otlp_wire.values import (
    ARRAY,
    BINARY,
    BOOL,
    DOUBLE,
    INT,
    MAP,
    STRING,
    Bounds,
    find_value,
    key_and_value,
)
from assets.otlp_wire.wire import Field, Payload, double, int64

_ESCAPES = {"\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_EXPONENT = re.compile(r"e([+-])0*(\d+)$")


def debug_texts(payload: Payload, resource: Bounds) -> dict[str, str]:
    """Return the arrays and maps among a Resource's attributes; of one key the first counts."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for field in payload.fields(*resource):
        if field.number != 1:
            continue
        key, value = key_and_value(payload, (field.start, field.end))
        name, known = payload.text(*key), find_value(payload, value)
        if name not in seen and known is not None and known.number in {ARRAY, MAP}:
            found[name] = _option(payload, known)
        seen.add(name)
    return found


def _option(payload: Payload, field: Field | None) -> str:
    return "None" if field is None else f"Some({_variant(payload, field)})"


def _variant(payload: Payload, field: Field) -> str:
    match field.number:
        case n if n == STRING:
            return f"StringValue({_string(payload.text(field.start, field.end))})"
        case n if n == BOOL:
            return f"BoolValue({'true' if field.value else 'false'})"
        case n if n == INT:
            return f"IntValue({int64(field.value)})"
        case n if n == DOUBLE:
            return f"DoubleValue({_float(double(field.value))})"
        case n if n == BINARY:
            return f"BytesValue({list(payload.data[field.start : field.end])})"
        case n if n == ARRAY:
            return f"ArrayValue(ArrayValue {{ values: [{_list(payload, field, _any)}] }})"
        case _:
            return f"KvlistValue(KeyValueList {{ values: [{_list(payload, field, _pair)}] }})"


def _list(payload: Payload, field: Field, one: Callable[[Payload, Bounds], str]) -> str:
    parts = payload.fields(field.start, field.end)
    return ", ".join(one(payload, (part.start, part.end)) for part in parts if part.number == 1)


def _any(payload: Payload, bounds: Bounds) -> str:
    return f"AnyValue {{ value: {_option(payload, find_value(payload, bounds))} }}"


def _pair(payload: Payload, bounds: Bounds) -> str:
    key, value = key_and_value(payload, bounds)
    present = any(part.number == 2 for part in payload.fields(*bounds))
    told = f"Some({_any(payload, value)})" if present else "None"
    return f"KeyValue {{ key: {_string(payload.text(*key))}, value: {told}, key_strindex: 0 }}"


def _string(text: str) -> str:
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    return one if one.isprintable() else f"\\u{{{ord(one):x}}}"


def _float(value: float) -> str:
    text = repr(value).replace("nan", "NaN")
    return _EXPONENT.sub(lambda found: "e" + found[1].strip("+") + found[2], text)
