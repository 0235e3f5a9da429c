"""
The reference's binary JSON, as far as properties use it: an object of plain values.

A container is a big-endian word with its kind (top three bits) and the number of its members, then
a word for each key, a word for each value, and their bytes. A word has a kind (bits 28-30) and the
length of its bytes.
"""

import struct

from query_engine.ingest.limits import JSONB_DEPTH_MAX

_OBJECT, _ARRAY, _SCALAR = 0x40000000, 0x80000000, 0x20000000
_COUNT, _KIND, _LENGTH, _IS_OFFSET = 0x1FFFFFFF, 0x70000000, 0x0FFFFFFF, 0x80000000
_NULL, _TEXT, _NUMBER, _FALSE, _TRUE, _CONTAINER = (kind << 28 for kind in range(6))
_NUMBERS = {0x40: "i", 0x50: "u", 0x60: "f"}


class NotJsonb(ValueError):
    """The bytes are something else, or more than properties need."""


def parse_jsonb(data: bytes) -> object:
    """
    Return the value that *data* is.

    Raises:
        NotJsonb: It is none, or one that is nested deeper than properties are.
    """
    try:
        return _container(data, 1)
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise NotJsonb(f"it is cut off or damaged ({error})") from None


def _container(data: bytes, depth: int) -> object:
    if depth > JSONB_DEPTH_MAX:
        raise NotJsonb("its values are nested")
    (head,) = struct.unpack_from(">I", data)
    kind, count = head & ~_COUNT, head & _COUNT
    words = {_OBJECT: 2 * count, _ARRAY: count, _SCALAR: 1}.get(kind)
    if words is None or len(data) < 4 + 4 * words:
        raise NotJsonb("it does not begin as a container does")
    entries = struct.unpack_from(f">{words}I", data, 4)
    values, at = [], 4 + 4 * words
    for entry in entries:
        if entry & _IS_OFFSET:
            raise NotJsonb("its values are placed by offsets")
        length = entry & _LENGTH
        if at + length > len(data):
            raise NotJsonb("it is cut off")
        values.append(_value(entry & _KIND, data[at : at + length], depth))
        at += length
    if kind == _OBJECT:
        return dict(zip(values[:count], values[count:], strict=True))
    return values if kind == _ARRAY else values[0]


def _value(kind: int, data: bytes, depth: int) -> object:
    if kind == _TEXT:
        return data.decode()
    if kind == _NUMBER:
        return _number(data)
    if kind == _CONTAINER:
        return _container(data, depth + 1)
    plain = {_NULL: None, _FALSE: False, _TRUE: True}
    if kind not in plain:
        raise NotJsonb("it has a value of an unknown kind")
    return plain[kind]


def _number(data: bytes) -> float:
    if data[0] == 0:
        return 0
    sort = _NUMBERS.get(data[0] & 0xF0)
    if sort is None or len(data) not in {2, 3, 5, 9}:
        raise NotJsonb("it has a number of an unknown kind")
    if sort == "f":
        return float(struct.unpack(">d", data[1:])[0])
    return int.from_bytes(data[1:], "big", signed=sort == "i")
