"""Snappy blocks: whole ones are read, others are refused before they cost memory."""

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.errors import LakeError
from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.snappy import announced_length, decompress

MIB = 1 << 20


def compress(data: bytes) -> bytes:
    """Return data as one block."""
    return bytes(cramjam.snappy.compress_raw(data))


@pytest.mark.parametrize("data", [b"", b"a", b"hello" * 10_000, bytes(MIB)])
def test_what_was_compressed_comes_back(data: bytes) -> None:
    """
    The length is known beforehand; zeros are as dense as a block can be.
    """
    assert announced_length(compress(data), MIB) == len(data)
    assert decompress(compress(data), MIB) == data


def test_a_block_over_the_limit_is_refused_by_what_it_says_of_itself() -> None:
    """
    The limit itself is allowed; nothing is decompressed for one byte more.
    """
    assert len(decompress(compress(bytes(1000)), 1000)) == 1000
    with pytest.raises(OverLimit, match="body_bytes_max = 1000"):
        decompress(compress(bytes(1001)), 1000)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the body is empty"),
        (b"\xff" * 10, "invalid header"),
        (b"\xff\xff\x3f", "3 bytes cannot become the 1048575"),
        (compress(b"hello" * 100)[:-3], "expected"),
        (compress(b"hello") + b"x", "expected"),
        (b"\xff\x06\x00\x00sNaPpY", "not snappy"),
        (b'{"streams": []}', "not snappy"),
    ],
    ids=["empty", "header", "lie", "cut", "more", "framed", "json"],
)
def test_what_is_no_block_is_refused(data: bytes, reason: str) -> None:
    """
    With the reason, and before anything is allocated for a length that cannot be true.
    """
    with pytest.raises(MalformedBody, match=reason):
        decompress(data, 64 * MIB)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """
    Never anything but an error of ours.
    """
    try:
        found = decompress(data, MIB)
    except LakeError:
        return
    assert len(found) == announced_length(data, MIB)
