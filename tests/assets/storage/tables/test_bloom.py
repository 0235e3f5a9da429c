"""Bloom filters: what was added is always found, for as long as filters are kept."""

import secrets

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.storage.tables.bloom import (
    HEADER_BYTES,
    PAGE_BYTES,
    bloom_of,
    hashes,
    holds,
    page_of,
    pages_in,
)


def found(data: bytes, text: str) -> bool:
    """Tell whether the filter finds a text."""
    (hashed,) = hashes([text])
    start = HEADER_BYTES + PAGE_BYTES * page_of(hashed, pages_in(data[:HEADER_BYTES]))
    return holds(data[start : start + PAGE_BYTES], hashed)


@given(st.lists(st.one_of(st.text(), st.none()), max_size=50))
def test_every_text_that_was_added_is_found(texts: list[str | None]) -> None:
    """
    Whatever the text: empty, long, with zeros; NULL is none.
    """
    data = bloom_of(pl.Series(texts, dtype=pl.String()))
    assert all(found(data, text) for text in texts if text is not None)
    assert len(data) == HEADER_BYTES + PAGE_BYTES


def test_hardly_any_other_text_is_found() -> None:
    """
    About one in a thousand, with many pages: a lookup over many files opens few in vain.
    """
    ids = [secrets.token_hex(16) for _ in range(20_000)]
    data = bloom_of(pl.Series(ids))
    assert pages_in(data[:HEADER_BYTES]) > 30
    assert all(found(data, one) for one in ids[:500])
    assert sum(found(data, secrets.token_hex(16)) for _ in range(5_000)) < 25


def test_the_hash_is_the_one_of_the_filters_that_are_stored() -> None:
    """
    Another hash would make every filter in every lake say no.
    """
    assert hashes(["", "a", "4bf92f3577b34da6a3ce929d0e0e4736", "größe" * 20]) == [
        0,
        15593308749872301827,
        2089079951560565707,
        16325333575375054331,
    ]


@pytest.mark.parametrize("header", [b"LBF2" + bytes(12), b"LBF1" + bytes(12)])
def test_what_is_no_filter_is_refused(header: bytes) -> None:
    """
    A later layout, or no page at all: nothing is concluded from it.
    """
    with pytest.raises(ValueError, match="not a Bloom filter"):
        pages_in(header)
