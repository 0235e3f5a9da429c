"""
The Flight SQL ticket that carries a query's text: two protobuf messages, written by hand.

A generated module would clash with other Flight SQL clients of the same process, which register
the same message names.
"""

_TYPE = b"type.googleapis.com/arrow.flight.protocol.sql.TicketStatementQuery"
_LENGTH_DELIMITED = 2


def statement_ticket(sql: str) -> bytes:
    """Return ``Any(TicketStatementQuery{statement_handle: sql})``."""
    statement = _bytes_field(1, sql.encode())
    return _bytes_field(1, _TYPE) + _bytes_field(2, statement)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
