"""
The few protobuf messages of Flight SQL that this service speaks.

An own codec of some sixty lines instead of generated modules: those would put the package
`arrow.flight.protocol.sql` into the process-wide descriptor pool, where it clashes with every other
Flight SQL client library, and would tie the service to one protobuf runtime.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_TYPE_PREFIX = "type.googleapis.com/arrow.flight.protocol.sql."
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class NotProtobuf(ValueError):
    """The bytes are not a protobuf message."""


@dataclass(frozen=True, slots=True)
class Command:
    """
    An `Any` of the Flight SQL package, opened.

    Attributes:
        name: Message name without its package, e.g. `TicketStatementQuery`.
        fields: Field number to the bytes of its last occurrence; only length-delimited fields.
    """

    name: str
    fields: dict[int, bytes]


def parse_command(data: bytes) -> Command | None:
    """Open *data* as an `Any` of Flight SQL; None when it is something else."""
    try:
        fields = parse_fields(data)
        type_url = fields[1].decode("ascii")
        if not type_url.startswith(_TYPE_PREFIX):
            return None
        return Command(type_url.removeprefix(_TYPE_PREFIX), parse_fields(fields.get(2, b"")))
    except (NotProtobuf, KeyError, UnicodeDecodeError):
        return None


def parse_fields(data: bytes) -> dict[int, bytes]:
    """
    Return the length-delimited fields of a message; other wire types are checked and skipped.

    Raises:
        NotProtobuf: A tag, a length or a value is cut off or impossible.
    """
    return dict(_fields(data))


def pack_command(name: str, fields: dict[int, bytes]) -> bytes:
    """Return the `Any` that carries message *name* with these length-delimited *fields*."""
    return pack_fields({1: (_TYPE_PREFIX + name).encode(), 2: pack_fields(fields)})


def pack_fields(fields: dict[int, bytes]) -> bytes:
    """Return a message of length-delimited *fields*."""
    out = bytearray()
    for number, value in fields.items():
        out += _varint(number << 3 | _BYTES) + _varint(len(value)) + value
    return bytes(out)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise NotProtobuf("field number 0")
        if wire_type == _VARINT:
            _, at = _read_varint(data, at)
            continue
        if wire_type == _BYTES:
            size, at = _read_varint(data, at)
        elif wire_type in (_FIXED64, _FIXED32):
            size = 8 if wire_type == _FIXED64 else 4
        else:
            raise NotProtobuf(f"wire type {wire_type}")
        if at + size > len(data):
            raise NotProtobuf("a field is cut off")
        if wire_type == _BYTES:
            yield number, data[at : at + size]
        at += size


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise NotProtobuf("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise NotProtobuf("a number is too long")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
