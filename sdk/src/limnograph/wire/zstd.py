"""zstd under one name: from the standard library on 3.14, from its backport before."""

import sys

from limnograph.wire.errors import FormatError, LimitError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_WINDOW_LOG_MAX = 26
"""A frame may ask its reader for a window of at most 64 MiB, the size of the largest block."""

_DECOMPRESS = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG_MAX}
_LEVEL = int(zstd.CompressionParameter.compression_level)
_CHECKSUM = int(zstd.CompressionParameter.checksum_flag)


def compress(data: bytes, level: int = 1) -> bytes:
    """Return *data* as one zstd frame that names its size and carries a checksum."""
    return bytes(zstd.compress(data, options={_LEVEL: level, _CHECKSUM: 1}))


def decompress(payload: bytes | memoryview, bytes_max: int, limit: str) -> bytes:
    """
    Return what the single frame in *payload* holds.

    Args:
        payload: Exactly one zstd frame.
        bytes_max: Most bytes to produce.
        limit: The limit's name, for the error.

    Raises:
        FormatError: Not one whole zstd frame.
        LimitError: The frame holds more than *bytes_max*; nothing beyond was decompressed.
    """
    try:
        declared = zstd.get_frame_info(payload).decompressed_size
        if declared is not None and declared > bytes_max:
            raise LimitError(limit, bytes_max, declared, 0)
        stream = zstd.ZstdDecompressor(options=_DECOMPRESS)
        data = bytes(stream.decompress(payload, bytes_max + 1))
    except (zstd.ZstdError, EOFError) as exc:
        raise FormatError(f"not a zstd frame: {exc}", 0) from exc
    if len(data) > bytes_max:
        raise LimitError(limit, bytes_max, len(data), 0)
    if not stream.eof:
        raise FormatError("the zstd frame is cut off", len(data))
    if stream.unused_data:
        raise FormatError(f"{len(stream.unused_data)} bytes after the zstd frame", len(data))
    return data
