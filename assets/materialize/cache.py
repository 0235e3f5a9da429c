"""Decoded rows of blocks, kept in memory so that a tail is decoded once and not once per query."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import polars as pl

from assets.errors import BlockCorrupt
from assets.materialize.limits import CACHE_BYTES_DEFAULT

Key = tuple[str, str, int]
"""Block id, kind of rows, decoder version."""

Decoded = pl.DataFrame | BlockCorrupt
"""A block's rows, or why it has none."""

_ENTRY_BYTES = 1024
"""What an entry costs besides its rows."""


@dataclass(frozen=True, slots=True)
class CacheCounters:
    """What a cache has done so far; ``bytes`` and ``entries`` are what it holds now."""

    hits: int
    misses: int
    evictions: int
    bytes: int
    entries: int


class DecodedCache:
    """
    Least-recently-used cache of decoded blocks, with a byte budget; safe for threads.

    The key is (block, kind of rows, decoder version): views that are built from the same rows
    share an entry, and a new decoder never sees rows of the old one. A block never changes, so an
    entry is never stale.
    """

    def __init__(self, bytes_max: int = CACHE_BYTES_DEFAULT) -> None:
        self._bytes_max = bytes_max
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Decoded, int]] = OrderedDict()
        self._bytes = self._hits = self._misses = self._evictions = 0

    def get(self, key: Key) -> Decoded | None:
        """Return what is known about a block, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self._misses += 1
                return None
            self._hits += 1
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Key, decoded: Decoded) -> None:
        """Keep a block's rows; what would take more than the whole budget is not kept."""
        rows_bytes = int(decoded.estimated_size()) if isinstance(decoded, pl.DataFrame) else 0
        size = rows_bytes + _ENTRY_BYTES
        if size > self._bytes_max:
            return
        with self._lock:
            previous = self._entries.pop(key, None)
            self._bytes += size - (previous[1] if previous else 0)
            self._entries[key] = (decoded, size)
            while self._bytes > self._bytes_max:
                _, (_, evicted) = self._entries.popitem(last=False)
                self._bytes -= evicted
                self._evictions += 1

    @property
    def counters(self) -> CacheCounters:
        """Hits, misses, evictions, and what is held now."""
        with self._lock:
            return CacheCounters(
                self._hits, self._misses, self._evictions, self._bytes, len(self._entries)
            )
