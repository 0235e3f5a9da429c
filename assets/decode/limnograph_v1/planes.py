"""
Byte planes of a container as ordinary buffers, by whole-column operations.

Rule: the same values as ``limnograph.wire.planes.expand``, which is plain Python; 64-bit arithmetic
wraps in both. No loop here runs once per row.
"""

import polars as pl
import pyarrow as pa

from limnograph.wire.layout import Buffer
from limnograph.wire.planes import Packing, interleaved

_TYPES = {"B": pl.UInt8(), "h": pl.Int16(), "I": pl.UInt32(), "i": pl.Int32(), "q": pl.Int64()}
_WIDTHS = {"B": 1, "h": 2, "I": 4, "i": 4, "q": 8}


def expand(planes: memoryview, packing: Packing, count: int, typecode: str) -> Buffer:
    """Return the values of a packed buffer; OverflowError where one does not fit its type."""
    wide = interleaved(planes, count)
    if typecode == "d" or (typecode == "q" and packing == (False, 0, None)):
        return wide
    values = _from_bytes(wide)
    if packing.zigzag:
        half = (values.reinterpret(signed=False) // 2).cast(pl.Int64)
        values = half ^ -(values & 1)
    if packing.base:
        values = values + packing.base
    if packing.start is not None:
        values = values.cum_sum() + packing.start
    try:
        values = values.cast(_TYPES[typecode])
    except pl.exceptions.InvalidOperationError as exc:
        raise OverflowError(str(exc)) from exc
    return memoryview(values.rechunk().to_arrow().buffers()[1])[: count * _WIDTHS[typecode]]


def _from_bytes(wide: bytearray) -> pl.Series:
    count = len(wide) // 8
    found = pl.from_arrow(pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(wide)]))
    assert isinstance(found, pl.Series)
    return found
