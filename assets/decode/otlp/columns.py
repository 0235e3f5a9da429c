"""
The columns of a payload as Polars series: by the extension, or by Python where there is none.

Rule: texts of the extension are views into the payload and into one buffer of made texts; both stay
alive as long as a series does. Nothing here depends on which of the two has read the payload.
"""

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from assets.decode.rows import PROPERTIES
from assets.errors import BlockCorrupt
from assets.otlp_wire import histograms, logs, points, spans
from assets.otlp_wire.extension import native
from assets.otlp_wire.limits import PAYLOAD_BYTES_MAX
from assets.otlp_wire.wire import Malformed
from assets.storage.metadata.records import BlockRef

_VIEW_BYTES = 16
_FIXED = {"b": pa.uint8(), "i": pa.int32(), "l": pa.int64(), "d": pa.float64(), "o": pa.int32()}
_OFFSETS = {"events", "links", "bounds", "counts", "exemplars"}
_BYTES = {"has_value", "exponential", "has_sum", "has_min", "has_max", "no_value"}
_INT32 = {"level", "temporality", "scale"}
_INT64 = {"time", "start", "end", "start_time", "event_time", "count", "bucket", "exemplar_time"}
_FLOAT64 = {"value", "sum", "min", "max", "bound", "exemplar_value"}
_MAPS = {"properties", "event_attributes", "link_attributes", "exemplar_attributes"}

_DTYPES = (
    (_OFFSETS, pl.Int32()),
    (_BYTES, pl.UInt8()),
    (_INT32, pl.Int32()),
    (_INT64, pl.Int64()),
    (_FLOAT64, pl.Float64()),
)
_VIEWS = pl.CompatLevel.newest()
_NO_TEXT = pl.Series([None], dtype=pl.String)

_PYTHON: Mapping[str, Callable[[bytes], Mapping[str, list[Any]]]] = {
    "logs": logs.read,
    "points": points.read,
    "histograms": histograms.read,
    "spans": spans.read,
}


class Reader(Protocol):
    """Reads a payload as one of the four: logs, points, histograms, spans."""

    def __call__(self, reading: str, payload: bytes) -> Mapping[str, pa.Array]:
        """Return the columns; raises a ValueError of reason and offset."""


def by_extension(reading: str, payload: bytes) -> Mapping[str, pa.Array]:
    """Read with the C extension."""
    assert native is not None, "the extension is there"
    made, table = getattr(native, reading)(payload)
    texts = (pa.py_buffer(payload), pa.py_buffer(made))
    return {name: _array(kind, texts, *rest) for name, (kind, *rest) in table.items()}


def by_python(reading: str, payload: bytes) -> Mapping[str, pa.Array]:
    """Read with the reference implementation."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise Malformed(f"the payload has more than {PAYLOAD_BYTES_MAX=} bytes", 0)
    table = _PYTHON[reading](payload)
    return {name: _plain(name, values) for name, values in table.items()}


READ: Reader = by_extension if native is not None else by_python
"""What decoders read with."""


class Columns:
    """The columns of one block."""

    def __init__(self, block: BlockRef, arrays: Mapping[str, pa.Array]) -> None:
        self.block, self._arrays = block, arrays

    @classmethod
    def read(cls, reading: str, payload: bytes, block: BlockRef) -> "Columns":
        """
        Read *payload*.

        Raises:
            BlockCorrupt: It breaks the wire format; names the byte offset and the rule.
        """
        try:
            return cls(block, READ(reading, payload))
        except ValueError as exc:
            reason, offset = exc.args
            raise BlockCorrupt(block.block_id, f"byte {offset}: {reason}") from exc

    def __getitem__(self, name: str) -> pl.Series:
        return _polars(self._arrays[name])

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column of numbers, or of offsets."""
        return np.asarray(self._arrays[name].to_numpy())

    def or_null(self, name: str) -> pl.Series:
        """Return texts; an empty one is NULL."""
        texts = self[name]
        return texts.zip_with(texts != "", _NO_TEXT)

    def times(self, name: str, otherwise: pl.Series | None = None) -> pl.Series:
        """
        Return Unix times (ns); 0 is what *otherwise* says, or else the begin of the block.

        Raises:
            BlockCorrupt: One lies outside the block's range, by which queries choose blocks.
        """
        begin, end = self.block.begin_time_ns, self.block.end_time_ns
        found = self[name]
        if found.min() == 0:
            known = otherwise if otherwise is not None else pl.Series([begin])
            found = found.zip_with(found != 0, known)
        if len(found):
            first, last = found.min(), found.max()
            assert isinstance(first, int)
            assert isinstance(last, int)
            if first < begin or last > end:
                raise BlockCorrupt(
                    self.block.block_id,
                    f"{name}: times {first}..{last} ns are outside the block's range "
                    f"{begin}..{end}",
                )
        return found

    def lists(self, offsets: str, **fields: str) -> pl.Series:
        """Return lists of structs, made of one column for each field."""
        values = [self._arrays[name] for name in fields.values()]
        structs = pa.StructArray.from_arrays(values, list(fields))
        return _polars(pa.ListArray.from_arrays(self._arrays[offsets], structs))

    def plain_lists(self, offsets: str, values: str) -> pl.Series:
        """Return lists of numbers."""
        return _polars(pa.ListArray.from_arrays(self._arrays[offsets], self._arrays[values]))


def _plain(name: str, values: list[Any]) -> pa.Array:
    """Return a column of Python's values."""
    if name not in _MAPS:
        return pl.Series(values, dtype=_dtype(name)).to_arrow(compat_level=_VIEWS)
    keys = [key for entries in values for key in entries]
    texts = [text for entries in values for text in entries.values()]
    ends = accumulate((len(entries) for entries in values), initial=0)
    views = pa.string_view()
    return pa.MapArray.from_arrays(
        pa.array(ends, pa.int32()), pa.array(keys, views), pa.array(texts, views)
    )


def _array(kind: str, texts: tuple[pa.Buffer, pa.Buffer], *buffers: Any) -> pa.Array:
    if kind == "t":
        return _texts(buffers[0], texts)
    if kind == "m":
        offsets, keys, values, may_repeat = buffers
        return _map(_fixed("o", offsets), _texts(keys, texts), _texts(values, texts), may_repeat)
    return _fixed(kind, buffers[0])


def _fixed(kind: str, buffer: Any) -> pa.Array:
    dtype, raw = _FIXED[kind], pa.py_buffer(buffer)
    return pa.Array.from_buffers(dtype, raw.size // (dtype.bit_width // 8), [None, raw])


def _texts(views: Any, texts: tuple[pa.Buffer, pa.Buffer]) -> pa.Array:
    raw = pa.py_buffer(views)
    return pa.Array.from_buffers(pa.string_view(), raw.size // _VIEW_BYTES, [None, raw, *texts])


def _map(offsets: pa.Array, keys: pa.Array, values: pa.Array, may_repeat: bool) -> pa.Array:
    """Return maps; of a key that stands twice in one, the last value is kept."""
    if not may_repeat:
        return pa.MapArray.from_arrays(offsets, keys, values)
    entries = pa.StructArray.from_arrays([keys, values], ["key", "value"])
    once = _polars(pa.ListArray.from_arrays(offsets, entries)).cast(PROPERTIES)
    return once.rechunk().to_arrow(compat_level=_VIEWS)


def _polars(array: pa.Array) -> pl.Series:
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)
    return series


def _dtype(name: str) -> pl.DataType:
    for names, dtype in _DTYPES:
        if name in names:
            return dtype
    return pl.String()
