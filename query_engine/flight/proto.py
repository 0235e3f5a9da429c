"""
The protobuf of Flight SQL: bytes to numbered fields and back, strictly checked and bounded.

An own codec instead of generated modules: those would put the package
`arrow.flight.protocol.sql` into the process-wide descriptor pool, where it clashes with every other
Flight SQL client library, and would tie the service to one protobuf runtime. Which number means
what is known only by the file of the command or action that reads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from assets.errors import CallerError
from query_engine.flight.limits import MESSAGE_FIELDS_MAX

_TYPE_PREFIX = "type.googleapis.com/arrow.flight.protocol.sql."
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES_MAX = 10
_WRAP = 1 << 64


class NotProtobuf(ValueError):
    """The bytes are not a protobuf message."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value of four or eight bytes, as it came."""

    data: bytes


Read = int | bytes | Fixed
T = TypeVar("T", int, bytes)
Scalar = bool | int | str | bytes
Written = Scalar | list[int] | list[str] | list[bytes]
"""What a field may be given as; a list repeats it, an empty one leaves it out."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    A message, opened. Absent fields have the defaults of protobuf: 0, "", false, nothing.

    Attributes:
        name: Its name without the package, e.g. `TicketStatementQuery`; for error texts.
        fields: Field number to its values in the order of the bytes.
    """

    name: str = "message"
    fields: Mapping[int, Sequence[Read]] = field(default_factory=dict)

    def has(self, number: int) -> bool:
        """Tell whether a field is there, be it empty."""
        return number in self.fields

    def data(self, number: int) -> bytes:
        """Return a field of bytes; of several the last."""
        return self.all_data(number)[-1] if number in self.fields else b""

    def all_data(self, number: int) -> list[bytes]:
        """Return a repeated field of bytes."""
        return [self._kind(value, bytes, number) for value in self.fields.get(number, ())]

    def text(self, number: int) -> str:
        """Return a field of text; of several the last."""
        return self._text(self.data(number), number)

    def optional_text(self, number: int) -> str | None:
        """Return a field of text, None where there is none: an empty text may mean more."""
        return self.text(number) if number in self.fields else None

    def texts(self, number: int) -> list[str]:
        """Return a repeated field of text."""
        return [self._text(data, number) for data in self.all_data(number)]

    def number(self, number: int) -> int:
        """Return an unsigned number or the number of an enumeration; of several the last."""
        values = self.fields.get(number, ())
        return self._kind(values[-1], int, number) if values else 0

    def signed(self, number: int) -> int:
        """Return a number of the types int32 and int64."""
        value = self.number(number)
        return value - _WRAP if value >= _WRAP >> 1 else value

    def flag(self, number: int) -> bool:
        """Return a boolean."""
        return self.number(number) != 0

    def numbers(self, number: int) -> list[int]:
        """Return a repeated number, packed or not."""
        found: list[int] = []
        for value in self.fields.get(number, ()):
            if isinstance(value, bytes):
                try:
                    found += _packed(value)
                except NotProtobuf:
                    raise self._refusal(number) from None
            else:
                found.append(self._kind(value, int, number))
            if len(found) > MESSAGE_FIELDS_MAX:
                raise self._refusal(number)
        return found

    def message(self, number: int, name: str) -> "Message":
        """Return a message within, called *name* in errors; an empty one where there is none."""
        return self._opened(self.data(number), name, number)

    def messages(self, number: int, name: str) -> list["Message"]:
        """Return a repeated message."""
        return [self._opened(data, name, number) for data in self.all_data(number)]

    def entries(self, number: int, name: str) -> dict[str, "Message"]:
        """Return a map from text; each entry is a message whose field 2 is the value."""
        return {entry.text(1): entry for entry in self.messages(number, name)}

    def _opened(self, data: bytes, name: str, number: int) -> "Message":
        try:
            return parse_message(data, name)
        except NotProtobuf:
            raise self._refusal(number) from None

    def _text(self, data: bytes, number: int) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise CallerError(f"field {number} of {self.name} is not UTF-8 text") from None

    def _kind(self, value: Read, kind: type[T], number: int) -> T:
        if not isinstance(value, kind):
            raise self._refusal(number)
        return value

    def _refusal(self, number: int) -> CallerError:
        return CallerError(f"field {number} of {self.name} is not what Flight SQL puts there")


def parse_any(data: bytes) -> Message | None:
    """
    Open *data* as a `google.protobuf.Any` of Flight SQL; None when it is something else.

    Raises:
        CallerError: It is one, and what it carries is no message.
    """
    try:
        outer = parse_message(data)
        url = outer.data(1).decode("ascii")
        carried = outer.data(2)
    except (NotProtobuf, CallerError, UnicodeDecodeError):
        return None
    if not url.startswith(_TYPE_PREFIX):
        return None
    name = url.removeprefix(_TYPE_PREFIX)
    try:
        return parse_message(carried, name)
    except NotProtobuf as error:
        raise CallerError(f"{name:.100} cannot be read: {error}") from None


def parse_message(data: bytes, name: str = "message") -> Message:
    """
    Open a message.

    Raises:
        NotProtobuf: A tag, a length or a value is cut off or impossible, or there are too many.
    """
    fields: dict[int, list[Read]] = {}
    for count, (number, value) in enumerate(_fields(data), 1):
        if count > MESSAGE_FIELDS_MAX:
            raise NotProtobuf(f"more than {MESSAGE_FIELDS_MAX} fields")
        fields.setdefault(number, []).append(value)
    return Message(name, fields)


def pack_any(name: str, fields: Mapping[int, Written]) -> bytes:
    """Return the `Any` that carries the Flight SQL message *name*."""
    return pack_fields({1: _TYPE_PREFIX + name, 2: pack_fields(fields)})


def pack_fields(fields: Mapping[int, Written]) -> bytes:
    """Return a message; numbers become varints, texts and bytes are length-delimited."""
    out = bytearray()
    for number, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int):
                out += _varint(number << 3 | _VARINT) + _varint(one % _WRAP)
            else:
                data = one.encode() if isinstance(one, str) else one
                out += _varint(number << 3 | _BYTES) + _varint(len(data)) + data
    return bytes(out)


def _fields(data: bytes) -> Iterator[tuple[int, Read]]:
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            raise NotProtobuf("an impossible field number")
        if wire_type == _VARINT:
            value, at = _read_varint(data, at)
            yield number, value
            continue
        if wire_type == _BYTES:
            size, at = _read_varint(data, at)
        elif wire_type in (_FIXED64, _FIXED32):
            size = 8 if wire_type == _FIXED64 else 4
        else:
            raise NotProtobuf(f"wire type {wire_type}")
        if at + size > len(data):
            raise NotProtobuf("a field is cut off")
        part = data[at : at + size]
        yield number, part if wire_type == _BYTES else Fixed(part)
        at += size


def _packed(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _read_varint(data, at)
        yield value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 7 * _VARINT_BYTES_MAX, 7):
        if at >= len(data):
            raise NotProtobuf("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= _WRAP:
                raise NotProtobuf("a number has more than 64 bits")
            return value, at
    raise NotProtobuf("a number is too long")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
