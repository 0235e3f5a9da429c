"""Keys of maps as columns, and filters of texts: the extension says what Python says."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.storage.tables import bloom, picking
from assets.storage.tables.picking import by_extension, by_polars, native, picked

MAP = pl.Map(pl.String(), pl.String())
KEYS = ["a", "A", "key", "kEy", "a longer key.of.many.words", "a longer key.of.many.Words", "", "ß"]
TEXTS = st.one_of(st.sampled_from(KEYS), st.text(max_size=20))

needs_extension = pytest.mark.skipif(native is None, reason="the extension is not built")


@needs_extension
@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.dictionaries(TEXTS, TEXTS, max_size=6), max_size=20),
    st.lists(st.sampled_from(KEYS), unique=True),
    st.integers(0, 5),
)
def test_both_ways_pick_the_same(rows, wanted, start) -> None:
    """
    For any maps, a part of a column too, and any keys: the values of each, or that it is no column.
    """
    maps = pl.Series(rows, dtype=MAP).slice(start)
    expected = by_polars(maps, wanted)
    for found in (picked(maps, wanted), by_extension(maps, wanted)):
        if found is None:
            continue
        assert [one if one is None else one.to_list() for one in found] == [
            one if one is None else one.to_list() for one in expected
        ]


def test_a_key_beside_other_capitals_is_no_column() -> None:
    """
    Also where a key occurs in other capitals only: who reads it in any capitals needs the map.
    """
    maps = pl.Series([{"Route": "1", "user": "x"}, {"user": "y"}], dtype=MAP)
    route, user = picked(maps, ["route", "user"])
    assert route is None
    assert user is not None
    assert user.to_list() == ["x", "y"]


def test_more_keys_than_one_pass_looks_for_are_found() -> None:
    """
    KEYS_AT_ONCE costs a pass more, never a key.
    """
    count = picking.KEYS_AT_ONCE + 3
    maps = pl.Series([{f"key {at:03}": str(at) for at in range(count)}], dtype=MAP)
    found = picked(maps, [f"key {at:03}" for at in range(count)])
    assert [one.to_list() for one in found if one is not None] == [[str(a)] for a in range(count)]


@needs_extension
@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=50), st.integers(0, 9))
def test_both_ways_make_the_same_filter(texts, start) -> None:
    """
    For any texts, a part of a column too.
    """
    column = pl.Series(texts, dtype=pl.String()).slice(start)
    assert bloom.pages_by_extension(column) == bloom.pages_by_python(column)


@needs_extension
def test_views_that_lead_out_of_their_column_are_refused() -> None:
    """
    The extension follows no view outside of its buffers, and reads no more rows than there are.
    """
    assert native is not None
    view = np.array([20, 0, 3, 0], dtype=np.uint32).tobytes()
    offsets = np.array([0, 1], dtype=np.int32).tobytes()
    with pytest.raises(ValueError, match="leads out"):
        native.pick_keys(offsets, (view, b"short"), view, (b"key",))
    with pytest.raises(ValueError, match="leads out"):
        native.pick_keys(offsets[::-1], (view, b"x" * 100), view, (b"key",))
    with pytest.raises(ValueError, match="more keys than values"):
        native.pick_keys(offsets, (view, b"x" * 100), b"", (b"key",))
    with pytest.raises(ValueError, match="leads out"):
        native.bloom_pages((view, b"short"), None, 0, 14.4)
    with pytest.raises(ValueError, match="leads out"):
        native.bloom_pages((view, b"x" * 100), b"", 0, 14.4)
