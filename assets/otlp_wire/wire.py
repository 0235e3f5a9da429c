"""
Protobuf on the wire, field by field.

Rule: a field that does not fit into its message is malformed; so are groups, which OTLP has never
had. Fields that nobody asks for are passed over.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from assets.otlp_wire.limits import ITEMS_MAX, MADE_BYTES_MAX

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIELD_NUMBER_MAX = 2**29 - 1

_TEXT_INLINE_MAX = 12
_VARINT_BYTES_MAX = 10


class Malformed(ValueError):
    """A payload breaks the wire format: reason, byte offset."""


class TooManyFields(Malformed):
    """More fields than a caller lets be walked: reason, byte offset."""


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field.

    Attributes:
        at: Where it begins, for messages about it.
        value: Of a number.
        start, end: Of what has a length.
    """

    number: int
    wire: int
    at: int
    value: int
    start: int
    end: int

    def check(self, wire: int) -> None:
        """Raise Malformed unless the field has this wire type."""
        if self.wire != wire:
            raise Malformed(f"field {self.number} has wire type {self.wire}, not {wire}", self.at)


@dataclass(slots=True)
class Payload:
    """
    The bytes, and how much came out of them so far.

    Attributes:
        fields_max: More fields than this are refused: walking over them costs time.
        repaired: A text was no UTF-8.
        odd_ids: Spans whose ids have another length than the specification says.
    """

    data: bytes
    fields_max: int = 2**62
    items: int = 0
    made_bytes: int = 0
    walked: int = 0
    repaired: bool = False
    odd_ids: int = 0

    def count(self, items: int = 1) -> None:
        """Count rows, entries and elements."""
        self.items += items
        if self.items > ITEMS_MAX:
            raise Malformed(f"more than {ITEMS_MAX=} rows, entries and elements", 0)

    def made(self, text: str) -> str:
        """Count a text that is not on the wire."""
        size = len(text.encode())
        if size > _TEXT_INLINE_MAX:
            self.made_bytes += size
            if self.made_bytes > MADE_BYTES_MAX:
                raise Malformed(f"texts take more than {MADE_BYTES_MAX=} bytes", 0)
        return text

    def text(self, start: int, end: int) -> str:
        """Return a text; bytes that are no UTF-8 are replaced."""
        text = self.data[start:end].decode("utf-8", "replace")
        if "\ufffd" in text and text.encode() != self.data[start:end]:
            self.repaired = True
        return text

    def hex(self, start: int, end: int) -> str:
        """Return an id as hex."""
        return self.made(self.data[start:end].hex())

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Yield the fields of the message that stands there."""
        at = start
        while at < end:
            begun = at
            self.walked += 1
            if self.walked > self.fields_max:
                raise TooManyFields(f"more than {self.fields_max} fields", begun)
            key, at = self.varint(at, end, "a field's key")
            number, wire = key >> 3, key & 7
            if not 0 < number <= FIELD_NUMBER_MAX:
                raise Malformed(f"{number} is no field number", begun)
            if wire == VARINT:
                value, at = self.varint(at, end, "a varint")
                yield Field(number, wire, begun, value, at, at)
            elif wire == BYTES:
                length, at = self.varint(at, end, "a length")
                if length > end - at:
                    raise Malformed(
                        f"field {number} has {length} bytes where {end - at} are left", begun
                    )
                at += length
                yield Field(number, wire, begun, 0, at - length, at)
            elif wire in {FIXED64, FIXED32}:
                size = 8 if wire == FIXED64 else 4
                if end - at < size:
                    raise Malformed(f"field {number} is cut off", begun)
                at += size
                value = int.from_bytes(self.data[at - size : at], "little")
                yield Field(number, wire, begun, value, at, at)
            else:
                raise Malformed(
                    f"field {number} has wire type {wire}, which OTLP does not use", begun
                )

    def varint(self, at: int, end: int, what: str) -> tuple[int, int]:
        """Return the varint that stands there, and where it ends."""
        value = 0
        for place in range(_VARINT_BYTES_MAX):
            if at + place >= end:
                raise Malformed(f"{what} is cut off", at)
            byte = self.data[at + place]
            if place == _VARINT_BYTES_MAX - 1 and byte > 1:
                break
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value, at + place + 1
        raise Malformed(f"{what} has more than 64 bits", at)


def int32(value: int) -> int:
    """Return the low 32 bits as a signed number."""
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def int64(value: int) -> int:
    """Return 64 bits as a signed number."""
    return (value ^ 0x8000000000000000) - 0x8000000000000000


def zigzag(value: int) -> int:
    """Return the signed 32-bit number that such a varint stands for."""
    bits = value & 0xFFFFFFFF
    return int32((bits >> 1) ^ -(bits & 1))


def double(bits: int) -> float:
    """Return 64 bits as a float."""
    return float(struct.unpack("<d", bits.to_bytes(8, "little"))[0])


def unix_ns(nanos: int) -> int:
    """Return a time; what 63 bits do not hold is no time, which is 0."""
    return nanos if nanos < 2**63 else 0
