"""
Column buffers of a container as Polars series, without a copy where Arrow allows it.

Rule: these bytes come from outside. Nothing reaches ``from_buffers`` before its lengths, offsets
and indices are known to be good: Arrow and Polars trust them, and a wrong one is a read outside the
buffer. The checks are whole-column operations; no loop here runs once per row.
"""

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from assets.decode.limits import BLOCK_TEXT_BYTES_MAX
from assets.decode.limnograph_v1 import planes
from assets.decode.rows import PROPERTIES
from assets.errors import BlockCorrupt
from assets.storage.metadata.records import BlockRef
from limnograph.wire import container
from limnograph.wire.container import Container
from limnograph.wire.errors import FormatError
from limnograph.wire.layout import Buffer, Column

_ARROW_TYPES = {
    "uint8": pa.uint8(),
    "int16": pa.int16(),
    "uint32": pa.uint32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
}

_TEXT_COLUMNS = 16
"""A column that cannot take more than this part of the limit is not counted exactly."""


_EMPTY_MAPS = pl.Series([{}], dtype=PROPERTIES).new_from_index(0, 1 << 16)
"""Shared by all blocks without properties: to make them anew takes a sixth of a block of spans."""


class Columns:
    """The columns of one opened block; a method that cannot trust its bytes raises BlockCorrupt."""

    def __init__(self, block: BlockRef, opened: Container) -> None:
        self.block, self.opened, self.rows = block, opened, opened.rows
        self._text_bytes = 0

    @classmethod
    def open(cls, payload: bytes, block: BlockRef, kind: str) -> "Columns":
        """Open *payload*, which must hold a block of *kind* with the rows that its row promises."""
        try:
            opened = container.open(payload, expand=planes.expand)
        except FormatError as exc:
            raise BlockCorrupt(block.block_id, str(exc)) from exc
        columns = cls(block, opened)
        if opened.kind != kind:
            raise columns.corrupt(f"kind is {opened.kind!r} where the stream's tag says {kind!r}")
        if opened.rows != block.nb_objects:
            raise columns.corrupt(f"{opened.rows} rows where its row says {block.nb_objects}")
        return columns

    def corrupt(self, reason: str) -> BlockCorrupt:
        """Return the error that says why this block cannot be decoded."""
        return BlockCorrupt(self.block.block_id, reason)

    def numbers(self, name: str) -> pl.Series:
        """Return a fixed-width column."""
        column = self.opened.columns[name]
        return self._numbers(column, 0, column.type, self.rows)

    def texts(self, name: str) -> pl.Series:
        """Return a ``utf8`` column."""
        return self._texts(self.opened.columns[name], 0, self.rows)

    def coded_texts(self, name: str) -> pl.Series:
        """Return a ``dict`` column, each row with its text."""
        column = self.opened.columns[name]
        return self._dictionary(column, 0, self.rows, column.values)

    def byte_strings(self, name: str) -> pl.Series:
        """Return a ``binary`` column."""
        column = self.opened.columns[name]
        data = _buffer(column.buffers[1])
        offsets = self._offsets(column, 0, self.rows, data.size).buffers()[1]
        return _series(pa.BinaryArray.from_buffers(pa.binary(), self.rows, [None, offsets, data]))

    def properties(self) -> pl.Series:
        """Return the ``properties`` column; a block without one has an empty map in every row."""
        column = self.opened.columns.get("properties")
        if column is None:
            return _no_properties(self.rows)
        offsets = self._offsets(column, 0, self.rows, column.entries)
        keys = self._dictionary(column, 1, column.entries, column.key_values)
        values = self._dictionary(column, 4, column.entries, column.value_values)
        maps = pa.MapArray.from_arrays(offsets, _arrow_texts(keys), _arrow_texts(values))
        return _series(maps).cast(PROPERTIES)

    def lookup(self, name: str, values: pl.Series) -> pl.Series:
        """Return *values* picked by the index column *name*."""
        return self._pick(name, self.numbers(name), values)

    def site_values(self, key: str, dtype: pl.DataType) -> pl.Series:
        """Return one field of every call site."""
        return self.from_sites([site[key] for site in self.opened.header["sites"]], dtype)

    def from_sites(self, values: Sequence[object], dtype: pl.DataType) -> pl.Series:
        """Return values made per call site as a series to look up in."""
        try:
            return pl.Series(values, dtype=dtype)
        except (UnicodeEncodeError, OverflowError, TypeError) as exc:
            raise self.corrupt(f"a call site holds a value that is no {dtype}: {exc}") from exc

    def within(self, name: str, values: pl.Series, low: int, high: int | None = None) -> pl.Series:
        """Return *values* if all of them lie in the closed range; no *high* is no bound."""
        if self.rows:
            least, most = values.min(), values.max()
            assert isinstance(least, int)
            assert isinstance(most, int)
            if least < low or (high is not None and most > high):
                raise self.corrupt(f"column {name}: values {least}..{most} are out of range")
        return values

    def _numbers(self, column: Column, at: int, kind: str, count: int) -> pl.Series:
        arrow = _ARROW_TYPES[kind]
        buffer = self._sized(column, at, count * (arrow.bit_width // 8))
        return _series(pa.Array.from_buffers(arrow, count, [None, buffer]))

    def _sized(self, column: Column, at: int, size: int) -> pa.Buffer:
        if at >= len(column.buffers):
            raise self.corrupt(f"column {column.name}: buffer {at} is missing")
        buffer = _buffer(column.buffers[at])
        if buffer.size != size:
            raise self.corrupt(
                f"column {column.name}: buffer {at} has {buffer.size} bytes, not {size}"
            )
        return buffer

    def _offsets(self, column: Column, at: int, count: int, total: int) -> pa.Array:
        """Return *count* + 1 offsets that rise from 0 to *total*."""
        buffer = self._sized(column, at, 4 * (count + 1))
        arrow = pa.Array.from_buffers(pa.int32(), count + 1, [None, buffer])
        offsets = _series(arrow)
        if offsets[0] != 0 or offsets[-1] != total:
            raise self.corrupt(f"column {column.name}: offsets do not span its {total} values")
        if not offsets.is_sorted():
            raise self.corrupt(f"column {column.name}: offsets decrease")
        return arrow

    def _texts(self, column: Column, at: int, count: int) -> pl.Series:
        """Return *count* strings from the offsets at *at* and the data after them."""
        if at + 1 >= len(column.buffers):
            raise self.corrupt(f"column {column.name}: buffer {at + 1} is missing")
        data = _buffer(column.buffers[at + 1])
        offsets = self._offsets(column, at, count, data.size).buffers()[1]
        texts = pa.StringArray.from_buffers(count, offsets, data)
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid as exc:
            raise self.corrupt(f"column {column.name}: {exc}") from exc
        return _series(texts)

    def _dictionary(self, column: Column, at: int, count: int, values: int) -> pl.Series:
        """Return *count* strings from the indices at *at* and the dictionary after them."""
        indices = self._numbers(column, at, "uint32", count)
        return self._pick(column.name, indices, self._texts(column, at + 1, values))

    def _pick(self, name: str, indices: pl.Series, values: pl.Series) -> pl.Series:
        highest = indices.max()
        if highest is None:
            return values.clear()
        assert isinstance(highest, int)
        if highest >= len(values):
            raise self.corrupt(f"column {name}: index {highest} where there are {len(values)}")
        if values.dtype == pl.String():
            self._count_text(name, indices, values.str.len_bytes())
        return values.gather(indices)

    def _count_text(self, name: str, indices: pl.Series, sizes: pl.Series) -> None:
        """Refuse texts that would be too much once each row has its own copy."""
        longest = sizes.max()
        assert isinstance(longest, int)
        if longest * len(indices) > BLOCK_TEXT_BYTES_MAX // _TEXT_COLUMNS:
            self._text_bytes += int(sizes.cast(pl.UInt64).gather(indices).sum())
        if self._text_bytes > BLOCK_TEXT_BYTES_MAX:
            raise self.corrupt(
                f"column {name}: repeated texts take over {BLOCK_TEXT_BYTES_MAX=} bytes"
            )


def _buffer(raw: Buffer) -> pa.Buffer:
    return pa.py_buffer(raw)


def _series(array: pa.Array) -> pl.Series:
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)
    return series


def _no_properties(rows: int) -> pl.Series:
    if rows > len(_EMPTY_MAPS):
        return _EMPTY_MAPS.new_from_index(0, rows)
    return _EMPTY_MAPS[:rows]


def _arrow_texts(series: pl.Series) -> pa.Array:
    """Return the strings as Arrow views, which share their bytes with the series."""
    return series.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
