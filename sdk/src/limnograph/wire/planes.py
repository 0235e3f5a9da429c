"""
Integers as byte planes: how a packed buffer of a container becomes an ordinary one (format 2.1).

Rule: a packed buffer can stand for far more bytes than it has, so what it needs unpacked is counted
against the reader's limit before anything is unpacked.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import add
from typing import NamedTuple

from limnograph.wire.errors import FormatError, LimitError
from limnograph.wire.layout import Buffer

PLANES_MAX = 8
"""Planes of one buffer: the bytes of the widest integer."""

_ENCODINGS = {"planes": False, "zigzag": True}
_WRAP, _HALF = 2**64, 2**63


class Packing(NamedTuple):
    """
    How a buffer of integers is packed.

    Attributes:
        zigzag: Whether unpacked values are zigzag numbers: 0, -1, 1, -2...
        base: Added to each unpacked value.
        start: The value before the first, where the values are differences; else None.
    """

    zigzag: bool
    base: int
    start: int | None


Expand = Callable[[memoryview, Packing, int, str], Buffer]
"""Unpacks (planes, packing, number of values, typecode of the values); may raise OverflowError."""


def packing_of(described: Sequence[object]) -> Packing | None:
    """Return what follows offset and length in a buffer's description; None if it is nothing."""
    if len(described) not in {2, 3} or described[0] not in _ENCODINGS:
        return None
    base, start = described[1], described[2] if len(described) == 3 else None
    numbers = [base] if start is None and len(described) == 2 else [base, start]
    if any(type(number) is not int or not -_HALF <= number < _HALF for number in numbers):
        return None
    assert isinstance(base, int)
    assert start is None or isinstance(start, int)
    return Packing(_ENCODINGS[str(described[0])], base, start)


def interleaved(planes: memoryview, count: int) -> bytearray:
    """Return *count* little-endian 64-bit integers made of the planes."""
    wide = bytearray(8 * count)
    for plane in range(len(planes) // count if count else 0):
        wide[plane::8] = planes[plane * count : (plane + 1) * count]
    return wide


def expand(planes: memoryview, packing: Packing, count: int, typecode: str) -> Buffer:
    """Return the values as ``array(typecode)`` holds them, in plain Python."""
    unsigned = array("Q", bytes(interleaved(planes, count)))
    if typecode == "d":
        return unsigned
    values: list[int] = list(unsigned)
    if packing.zigzag:
        values = [value >> 1 ^ -(value & 1) for value in values]
    if packing.base:
        values = [value + packing.base for value in values]
    if packing.start is not None:
        values = list(accumulate(values, add, initial=packing.start))[1:]
    if typecode == "q":
        values = [(value + _HALF) % _WRAP - _HALF for value in values]
    return array(typecode, values)


class Area:
    """
    The buffers of one block, unpacked within its limit of bytes.

    Attributes:
        data: What follows the header; ``at`` is its offset in the payload.
    """

    def __init__(self, data: memoryview, at: int, expand: Expand, bytes_max: int) -> None:
        self.data, self.at = data, at
        self._expand, self._bytes_max = expand, bytes_max
        self._bytes = 0

    def unpacked(
        self, planes: memoryview, packing: Packing, size: int, typecode: str, where: int
    ) -> memoryview:
        """
        Return the ordinary buffer of *size* bytes that the planes stand for.

        Raises:
            FormatError: The planes do not fit the number of values, or a value its type.
            LimitError: The block's unpacked buffers are over its limit of bytes.
        """
        count = size // array(typecode).itemsize
        if not count:
            if len(planes):
                raise FormatError(f"{len(planes)} bytes of planes for no value", where)
            return memoryview(b"")
        if len(planes) % count or len(planes) > PLANES_MAX * count:
            raise FormatError(f"{len(planes)} bytes are no planes of {count} values", where)
        if typecode == "d" and packing != (False, 0, None):
            raise FormatError("floats are packed by other than plain planes", where)
        self._bytes += size
        if self._bytes > self._bytes_max:
            raise LimitError("BLOCK_BYTES_MAX", self._bytes_max, self._bytes, where)
        try:
            unpacked = self._expand(planes, packing, count, typecode)
        except OverflowError as exc:
            raise FormatError(f"an unpacked value is out of range: {exc}", where) from exc
        return memoryview(unpacked).cast("B")
