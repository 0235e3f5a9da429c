"""
Protobuf, written: what a door needs to tell the records of another protocol as OTLP.

Rule: fields are written in the order of their numbers and what is empty is left out, as protobuf's
own writers do, so that ids made of the bytes are those that Micromegas would make.
"""

import struct
from collections.abc import Iterable, Mapping

_FIXED64 = struct.Struct("<Q")


def varint(value: int) -> bytes:
    """Return an unsigned number of up to 64 bits."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def with_length(number: int, data: bytes) -> bytes:
    """Return a field that has a length: a message, a text, bytes."""
    if len(data) < 0x80 and number < 0x10:
        return bytes((number << 3 | 2, len(data))) + data
    return varint(number << 3 | 2) + varint(len(data)) + data


def fixed64(number: int, value: int) -> bytes:
    """Return a field of eight bytes; nothing for zero."""
    return varint(number << 3 | 1) + _FIXED64.pack(value) if value else b""


def number(at: int, value: int) -> bytes:
    """Return a field that is a varint; nothing for zero."""
    return varint(at << 3) + varint(value) if value else b""


def text(at: int, value: str) -> bytes:
    """Return a field that is text; nothing for the empty one."""
    return with_length(at, encoded(value)) if value else b""


def string_value(value: str) -> bytes:
    """Return an AnyValue that is a string, be it empty."""
    return with_length(1, encoded(value))


def attribute(key: str, value: str) -> bytes:
    """Return a KeyValue whose value is a string."""
    return text(1, key) + with_length(2, string_value(value))


def attributes(at: int, pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return a field of KeyValues, in the order of *pairs*."""
    return b"".join(with_length(at, attribute(key, value)) for key, value in pairs)


def resource(known: Mapping[str, str]) -> bytes:
    """Return field 1 of a Resource* message: what its sender is, in the order of *known*."""
    return with_length(1, attributes(1, known.items()))


def encoded(value: str) -> bytes:
    """Return text as UTF-8; half a character, which JSON can have, is replaced."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
