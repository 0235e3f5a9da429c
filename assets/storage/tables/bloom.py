"""
A Bloom filter over texts, in pages: whether a file can hold a value is told by one page of it.

Layout: ``LBF1``, the number of pages as a 32-bit integer, 8 bytes of zeros, then the pages. The
upper half of a text's hash names its page, the lower half its bits there. All integers are
little-endian.

Rule: the hash never changes, since filters are kept as long as their files. A text that was added
is always found; one that was not is, about once in a thousand times.
"""

import struct
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets.storage.tables.picking import native, views_of

PAGE_BYTES = 1024
HEADER_BYTES = 16

_MAGIC = b"LBF1"
_HEADER = struct.Struct("<4sI8x")
_PAGE_BITS = PAGE_BYTES * 8
_BITS_PER_TEXT = 14.4
_PROBES = 10
_STEP_SHIFT = 13
_WORDS = 5
"""Eight bytes each: a text counts with its first 40 bytes and its length."""

_PADDING = "\0" * 8 * _WORDS
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9)
_LOW = 0xFFFF_FFFF


def bloom_of(texts: pl.Series) -> bytes:
    """Return the filter that finds each of these; NULL is no text."""
    pages = pages_by_python(texts) if native is None else pages_by_extension(texts)
    return _HEADER.pack(_MAGIC, len(pages) // PAGE_BYTES) + pages


def pages_by_python(texts: pl.Series) -> bytes:
    """Return the pages of the filter."""
    return _pages_of(np.unique(hashes_of(texts.drop_nulls())))


def bloom_of_hashes(parts: Sequence[NDArray[np.uint64]]) -> bytes:
    """Return ``bloom_of`` the texts with these hashes: what is kept of rows that are gone by."""
    empty = np.zeros(0, dtype=np.uint64)
    pages = _pages_of(np.unique(np.concatenate([empty, *parts])))
    return _HEADER.pack(_MAGIC, len(pages) // PAGE_BYTES) + pages


def _pages_of(hashes: NDArray[np.uint64]) -> bytes:
    pages = max(1, int(np.ceil(len(hashes) * _BITS_PER_TEXT / _PAGE_BITS)))
    start = _page(hashes, pages) * np.uint64(_PAGE_BITS)
    bits = np.zeros(pages * _PAGE_BITS, dtype=np.bool_)
    for probe in range(_PROBES):
        bits[start + _place(hashes, probe)] = True
    return np.packbits(bits, bitorder="little").tobytes()


def pages_by_extension(texts: pl.Series) -> bytes:
    """Return the same, in one pass."""
    assert native is not None, "the extension is there"
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    validity = array.buffers()[0] if array.null_count else None
    pages: bytes = native.bloom_pages(views_of(array), validity, array.offset, _BITS_PER_TEXT)
    return pages


def pages_in(header: bytes) -> int:
    """
    Return how many pages follow.

    Raises:
        ValueError: This is the header of no filter that we can read.
    """
    magic, pages = _HEADER.unpack(header)
    if magic != _MAGIC or pages == 0:
        raise ValueError("not a Bloom filter of this lake")
    return int(pages)


def hashes_of(texts: pl.Series) -> NDArray[np.uint64]:
    """Return the 64-bit hash of each text."""
    padded = pl.concat_str(pl.col("text"), pl.lit(_PADDING)).cast(pl.Binary)
    frame = texts.cast(pl.String).rename("text").to_frame()
    words = frame.select(
        pl.col("text").str.len_bytes().cast(pl.UInt64).alias("length"),
        *(
            padded.bin.slice(8 * word, 8)
            .bin.reinterpret(dtype=pl.UInt64, endianness="little")
            .alias(str(word))
            for word in range(_WORDS)
        ),
    )
    mixed = np.zeros(len(texts), dtype=np.uint64)
    for word in words.iter_columns():
        mixed ^= word.to_numpy()
        for multiplier in _MULTIPLIERS:
            mixed *= np.uint64(multiplier)
            mixed ^= mixed >> np.uint64(31)
    return mixed


def page_of(hashed: int, pages: int) -> int:
    """Return the page that decides about a hash."""
    return (hashed >> 32) * pages >> 32


def holds(page: bytes, hashed: int) -> bool:
    """Tell whether the text of this hash may have been added, from its page."""
    first, step = hashed & _LOW, (hashed & _LOW) >> _STEP_SHIFT | 1
    for probe in range(_PROBES):
        place = (first + probe * step) % _PAGE_BITS
        if not page[place >> 3] >> (place & 7) & 1:
            return False
    return True


def hashes(values: Iterable[str]) -> list[int]:
    """Return the hashes of a few texts as plain integers."""
    return [int(hashed) for hashed in hashes_of(pl.Series(list(values), dtype=pl.String()))]


def _page(hashed: NDArray[np.uint64], pages: int) -> NDArray[np.uint64]:
    return (hashed >> np.uint64(32)) * np.uint64(pages) >> np.uint64(32)


def _place(hashed: NDArray[np.uint64], probe: int) -> NDArray[np.uint64]:
    low = hashed & np.uint64(_LOW)
    step = low >> np.uint64(_STEP_SHIFT) | np.uint64(1)
    return (low + np.uint64(probe) * step) % np.uint64(_PAGE_BITS)
