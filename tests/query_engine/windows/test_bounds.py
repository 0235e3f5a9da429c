"""Frames as positions: both ways to search them, and the ends of the types."""

import numpy as np
import polars as pl
import pytest

from query_engine.windows import bounds as module
from query_engine.windows.bounds import bounds
from query_engine.windows.frame import CURRENT, FIRST, LAST, Edge, Frame
from query_engine.windows.rows import Rows, SortKey, arranged


def sorted_rows(values: pl.Series, *, descending: bool = False) -> Rows:
    """Return rows of three partitions in the order of *values*."""
    frame = pl.DataFrame({"g": np.arange(len(values)) % 3, "v": values})
    return arranged(frame, ["g"], [SortKey("v", descending, not descending)])


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [0, 1, 7, 200])
def test_many_partitions_are_searched_as_few_are(
    size: int, descending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    On both sides of LOOPED_PARTITIONS_MAX the same rows are found.
    """
    random = np.random.default_rng(size)
    values = pl.Series(
        [None if v > 40 else int(v) for v in random.integers(0, 50, size)], dtype=pl.Int64()
    )
    rows = sorted_rows(values, descending=descending)
    frame = Frame("range", Edge(-1, 3), Edge(1, 2))
    key = rows.sorted("v")
    (few,) = bounds(rows, frame, key).stretches
    monkeypatch.setattr(module, "LOOPED_PARTITIONS_MAX", 0)
    (many,) = bounds(rows, frame, key).stretches
    assert few.low.tolist() == many.low.tolist()
    assert few.high.tolist() == many.high.tolist()


@pytest.mark.parametrize(
    "values",
    [
        pl.Series([-(2**63), -(2**63) + 1, 0, 2**63 - 2, 2**63 - 1], dtype=pl.Int64()),
        pl.Series([0, 1, 2**63, 2**64 - 2, 2**64 - 1], dtype=pl.UInt64()),
    ],
    ids=["signed", "unsigned"],
)
def test_distances_past_the_end_of_a_type_stop_there(values: pl.Series) -> None:
    """
    Neither end wraps around: the least value has nothing before it.
    """
    rows = arranged(pl.DataFrame({"v": values}), [], [SortKey("v", False, True)])
    (near,) = bounds(rows, Frame("range", Edge(-1, 1), Edge(1, 1)), values).stretches
    assert near.low.tolist() == [0, 0, 2, 3, 3]
    assert near.high.tolist() == [2, 2, 3, 5, 5]
    (far,) = bounds(rows, Frame("range", Edge(-1, 2**70), CURRENT), values).stretches
    assert far.low.tolist() == [0] * 5


def test_an_offset_longer_than_the_table_is_its_end() -> None:
    """
    ROWS and GROUPS with an enormous offset do not overflow.
    """
    rows = sorted_rows(pl.Series([1, 1, 2, 2, 3, 3], dtype=pl.Int64()))
    for unit in ("rows", "groups"):
        frame = Frame(unit, Edge(-1, 2**62), Edge(1, 2**62))
        (all_,) = bounds(rows, frame, None).stretches
        (whole,) = bounds(rows, Frame("rows", FIRST, LAST), None).stretches
        assert all_.low.tolist() == whole.low.tolist()
        assert all_.high.tolist() == whole.high.tolist()
