"""
The protobuf messages of Flight SQL that the client sends and reads, written by hand.

A generated module would clash with other Flight SQL clients of the same process, which register
the same message names.
"""

_PACKAGE = b"type.googleapis.com/arrow.flight.protocol.sql."
_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5


def packed(name: str, fields: dict[int, bytes]) -> bytes:
    """Return an ``Any`` with message *name* of these fields."""
    message = b"".join(_bytes_field(number, value) for number, value in fields.items())
    return _bytes_field(1, _PACKAGE + name.encode()) + _bytes_field(2, message)


def statement_ticket(sql: str) -> bytes:
    """Return ``Any(TicketStatementQuery{statement_handle: sql})``."""
    return packed("TicketStatementQuery", {1: sql.encode()})


def unpacked(data: bytes) -> dict[int, bytes]:
    """
    Return the length-delimited fields of the message in an ``Any``.

    Raises:
        ValueError: This is no ``Any``.
    """
    return fields_of(fields_of(data).get(2, b""))


def fields_of(data: bytes) -> dict[int, bytes]:
    """
    Return the length-delimited fields of a message.

    Raises:
        ValueError: This is no message.
    """
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            _, at = _read_varint(data, at)
            continue
        if kind == _LENGTH_DELIMITED:
            size, at = _read_varint(data, at)
            found[tag >> 3] = data[at : at + size]
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")
        at += size
        if at > len(data):
            raise ValueError("a field is cut off")
    return found


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError("a number is cut off")
