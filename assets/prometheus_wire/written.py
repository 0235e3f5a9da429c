"""Protobuf, written: the fields that telling remote write as OTLP needs."""

import struct
from collections.abc import Sequence

from assets.otlp_wire.wire import BYTES, FIXED64, VARINT

_FIXED64 = struct.Struct("<Q")


def varint(value: int) -> bytes:
    """Return an unsigned number of up to 64 bits."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number_field(number: int, value: int) -> bytes:
    """Return a varint with its key."""
    return varint(number << 3 | VARINT) + varint(value)


def fixed64_field(number: int, value: int) -> bytes:
    """Return eight bytes with their key."""
    return varint(number << 3 | FIXED64) + _FIXED64.pack(value)


def bytes_field(number: int, data: bytes) -> bytes:
    """Return bytes with their key and length."""
    return varint(number << 3 | BYTES) + varint(len(data)) + data


def text_field(number: int, text: bytes) -> bytes:
    """Return a text; an empty one is left out."""
    return bytes_field(number, text) if text else b""


def attribute(number: int, key: bytes, value: bytes) -> bytes:
    """Return a KeyValue of two texts."""
    return key_value(number, key, bytes_field(1, value))


def key_value(number: int, key: bytes, value: bytes) -> bytes:
    """Return a KeyValue of any value."""
    return bytes_field(number, bytes_field(1, key) + bytes_field(2, value))


def doubles(bits: Sequence[int]) -> bytes:
    """Return an array of doubles as the contents of an AnyValue."""
    return bytes_field(5, b"".join(bytes_field(1, fixed64_field(4, one)) for one in bits))


def zigzag32(value: int) -> int:
    """Return a signed number as protobuf's sint32 has it."""
    return ((value << 1) ^ (value >> 63)) & 0xFFFFFFFF
