"""
Some keys of a map column, each as a column of its own: in one pass by the extension, or by Polars.

Rule: a key is no column where some map has it in other capitals: a reader that takes keys in any
capitals needs the maps then. Both ways give the same columns for every map.
"""

from collections.abc import Sequence
from types import ModuleType

import polars as pl
import pyarrow as pa

native: ModuleType | None
try:
    from assets.storage import _texts as native
except ImportError:  # no compiler when this was installed
    native = None

_OFFSET_BYTES, _VIEW_BYTES = 4, 16
_VIEWS = pl.CompatLevel.newest()

KEYS_AT_ONCE = 128
"""Keys that the extension looks for in one pass; for more there is another pass."""


def picked(maps: pl.Series, keys: Sequence[str]) -> list[pl.Series | None]:
    """Return the values of each key, NULL where a map lacks it; None for what is no column."""
    if native is None or not all(map(str.isascii, keys)):
        return by_polars(maps, keys)
    found: list[pl.Series | None] = []
    for start in range(0, len(keys), KEYS_AT_ONCE):
        some = keys[start : start + KEYS_AT_ONCE]
        columns = by_extension(maps, some)
        found += by_polars(maps, some) if columns is None else columns
    return found


def by_polars(maps: pl.Series, keys: Sequence[str]) -> list[pl.Series | None]:
    """Return ``picked`` of any maps and keys."""
    frame = maps.to_frame("map")
    spelled = frame.select(
        pl.col("map").map.keys().list.explode(empty_as_null=False).unique()
    ).to_series()
    capitals: dict[str, set[str]] = {}
    for key in spelled.drop_nulls():
        capitals.setdefault(key.lower(), set()).add(key)
    return [
        None
        if capitals.get(key.lower(), {key}) != {key}
        else frame.select(pl.col("map").map.get(key)).to_series()
        for key in keys
    ]


def by_extension(maps: pl.Series, keys: Sequence[str]) -> list[pl.Series | None] | None:
    """Return ``picked``; None where only Polars can tell: NULL in the place of maps or values."""
    assert native is not None, "the extension is there"
    array = maps.rechunk().to_arrow(compat_level=_VIEWS)
    if array.null_count or array.items.null_count or array.keys.null_count:
        return None
    offsets = memoryview(array.buffers()[1])[
        array.offset * _OFFSET_BYTES : (array.offset + len(array) + 1) * _OFFSET_BYTES
    ]
    (names, *name_texts), (values, *value_texts) = map(views_of, (array.keys, array.items))
    wanted = tuple(key.encode() for key in keys)
    found = native.pick_keys(offsets, (names, *name_texts), values, wanted)
    if found is None:
        return None
    return [one if one is None else _column(one, len(array), value_texts) for one in found]


def views_of(array: pa.StringViewArray) -> tuple[memoryview, ...]:
    """Return the views of a column of texts, and the buffers that they point into."""
    _, views, *texts = array.buffers()
    start = array.offset * _VIEW_BYTES
    mine = memoryview(views)[start : start + len(array) * _VIEW_BYTES]
    return mine, *(memoryview(text) for text in texts)


def _column(found: tuple[bytes, bytes, int], height: int, texts: Sequence[memoryview]) -> pl.Series:
    views, validity, present = found
    buffers = [
        None if present == height else pa.py_buffer(validity),
        *map(pa.py_buffer, (views, *texts)),
    ]
    array = pa.Array.from_buffers(pa.string_view(), height, buffers, height - present)
    return pl.Series(pl.from_arrow(array))
