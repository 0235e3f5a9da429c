"""
Bodies of text compressed on their way, by what the request's Accept-Encoding allows.

Each piece is flushed, so that a reader has every row that was sent to it.
"""

import sys
import zlib
from collections.abc import Callable
from typing import Protocol

from query_engine.http.formats.negotiation import alternatives

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP_LEVEL, _ZSTD_LEVEL = 1, 1
_GZIP_WINDOW = 31
"""What makes zlib write the gzip format."""


class Compressor(Protocol):
    """One body, compressed."""

    def piece(self, data: bytes | memoryview) -> bytes:
        """Return a piece of the body."""
        ...

    def end(self) -> bytes:
        """Return what stands at the end of a whole body."""
        ...


class Gzip:
    """The gzip format."""

    def __init__(self) -> None:
        self._inner = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WINDOW)

    def piece(self, data: bytes | memoryview) -> bytes:
        """Return a piece of the body."""
        return self._inner.compress(data) + self._inner.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """Return what stands at the end of a whole body."""
        return self._inner.flush()


class Zstd:
    """The zstd format."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdCompressor(level=_ZSTD_LEVEL)

    def piece(self, data: bytes | memoryview) -> bytes:
        """Return a piece of the body."""
        return bytes(self._inner.compress(data, self._inner.FLUSH_BLOCK))

    def end(self) -> bytes:
        """Return what stands at the end of a whole body."""
        return bytes(self._inner.flush())


COMPRESSORS: dict[str, Callable[[], Compressor]] = {"zstd": Zstd, "gzip": Gzip}
"""By content coding; of equally welcome ones the first is used."""


def coding_for(accept_encoding: str) -> str | None:
    """Return the best content coding that a client takes; None sends the body as it is."""
    qualities = {found.media_type: found.quality for found in alternatives(accept_encoding)}
    welcome = {name: qualities.get(name, qualities.get("*", 0.0)) for name in COMPRESSORS}
    best = max(welcome, key=lambda name: welcome[name])
    return best if welcome[best] > 0 else None
