"""
Snappy's block format, in which Prometheus and Loki's clients send protobuf.

Rule: a block begins with its length, which is checked before a byte of it is allocated. Framed
snappy (``sNaPpY``) is another format, which these protocols do not use.
"""

import cramjam

from ingest_api.errors import MalformedBody, OverLimit

_BYTES_PER_BYTE_MAX = 22
"""No block grows to more: its densest element makes 64 bytes of three."""


def announced_length(data: bytes, bytes_max: int) -> int:
    """
    Return how long a block says that it is decompressed, for reserving that much first.

    Raises:
        OverLimit: Longer than *bytes_max*.
        MalformedBody: It says nothing that can be true.
    """
    if not data:
        raise MalformedBody("the body is empty: a snappy block has at least its length")
    try:
        length = cramjam.snappy.decompress_raw_len(data)
    except cramjam.DecompressionError as exc:
        raise MalformedBody(f"the body is not snappy: {exc}") from exc
    if length > bytes_max:
        raise OverLimit("body_bytes_max", bytes_max, "send smaller batches")
    if length > len(data) * _BYTES_PER_BYTE_MAX:
        raise MalformedBody(
            f"the body is not snappy: {len(data)} bytes cannot become the {length} that they say"
        )
    return length


def decompress(data: bytes, bytes_max: int) -> bytes:
    """
    Return what a block holds.

    Raises:
        OverLimit: More than *bytes_max*; nothing is decompressed then.
        MalformedBody: It is no block, is cut off, or something follows it.
    """
    announced_length(data, bytes_max)
    try:
        return bytes(cramjam.snappy.decompress_raw(data))
    except cramjam.DecompressionError as exc:
        raise MalformedBody(f"the body is not snappy: {exc}") from exc
