"""Aggregates put together from parts: exact where subtraction would not be, alike on all ways."""

import math
import statistics

import numpy as np
import polars as pl
import pytest

from query_engine.functions.catalog import AGGREGATES_BY_NAME
from query_engine.functions.function import Argument
from query_engine.windows import each as each_module
from query_engine.windows import scans
from query_engine.windows.bounds import Bounds, bounds
from query_engine.windows.each import FrameTooLarge, each
from query_engine.windows.folds import FOLDS
from query_engine.windows.frame import CURRENT, FIRST, LAST, Edge, Exclusion, Frame
from query_engine.windows.rows import Rows, SortKey, arranged

FRAMES = [
    Frame("rows", FIRST, CURRENT),
    Frame("rows", CURRENT, LAST),
    Frame("rows", FIRST, LAST),
    Frame("rows", Edge(-1, 2), Edge(1, 3)),
    Frame("rows", Edge(1, 1), Edge(1, 4)),
    Frame("range", FIRST, CURRENT),
    Frame("rows", Edge(-1, 40), CURRENT, "ties"),
]
EXPRESSIONS = {
    "count": pl.col("v").count(),
    "sum": pl.when(pl.col("v").count() > 0).then(pl.col("v").sum()),
    "avg": pl.col("v").mean(),
    "min": pl.col("v").min(),
    "max": pl.col("v").max(),
    "var": pl.col("v").var(),
    "var_pop": pl.when(pl.col("v").count() > 0).then(pl.col("v").var(ddof=0)),
    "stddev": pl.col("v").std(),
    "stddev_pop": pl.when(pl.col("v").count() > 0).then(pl.col("v").std(ddof=0)),
}


def table(size: int, dtype: pl.DataType) -> Rows:
    """Return rows with NULLs and ties, in partitions of different sizes."""
    random = np.random.default_rng(size)
    values = pl.Series("v", random.integers(-50, 50, size)).cast(dtype)
    frame = pl.DataFrame(
        {"g": random.integers(0, 3, size), "o": random.integers(0, size // 2 + 1, size)}
    ).with_columns(pl.when(pl.Series(random.random(size) > 0.2)).then(values).alias("v"))
    return arranged(frame, ["g"], [SortKey("o", False, True)])


def fold(name: str, rows: Rows, frames: Bounds) -> list[object]:
    """Return an aggregate put together from parts."""
    values = rows.sorted("v")
    return FOLDS[name](rows, frames, values, values.dtype).to_list()


@pytest.mark.parametrize("dtype", [pl.Int64(), pl.Float64()], ids=str)
@pytest.mark.parametrize("frame", FRAMES, ids=str)
@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("scanned", [True, False])
def test_parts_put_together_are_the_whole(
    name: str, frame: Frame, dtype: pl.DataType, scanned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Passes over partitions and halves give what the aggregate gives over each frame by itself.
    """
    monkeypatch.setattr(scans, "SCANNED_PARTITION_ROWS_MIN", 0 if scanned else 10**9)
    for size in (0, 1, 60):
        rows = table(size, dtype)
        frames = bounds(rows, frame, None)
        expected = each(rows, frames, [rows.sorted("v")], EXPRESSIONS[name]).to_list()
        found = fold(name, rows, frames)
        assert len(found) == len(expected)
        for ours, theirs in zip(found, expected, strict=True):
            assert (ours is None) == (theirs is None)
            if ours is not None:
                assert math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-12)


def series(values: list[float]) -> Rows:
    """Return rows in this order, in one partition."""
    frame = pl.DataFrame({"v": pl.Series(values, dtype=pl.Float64()), "o": range(len(values))})
    return arranged(frame, [], [SortKey("o", False, True)])


def test_a_frame_does_not_show_what_is_outside_it() -> None:
    """
    Sums that were differences would lose small numbers behind a large one, and all behind a NaN.
    """
    rows = series([1e16, 1.0, 1.0, math.nan, 2.0, 3.0, math.inf, 4.0])
    frames = bounds(rows, Frame("rows", Edge(-1, 1), CURRENT), None)
    found = fold("sum", rows, frames)
    assert found[2] == 2.0
    assert found[5] == 5.0
    assert math.isnan(found[3])
    assert found[7] == math.inf


@pytest.mark.parametrize(
    "frame", [Frame("rows", FIRST, CURRENT), Frame("rows", Edge(-1, 9), CURRENT)]
)
def test_a_small_spread_of_large_numbers_is_exact(frame: Frame) -> None:
    """
    The variance of numbers near 10^9 that differ by little has all of its digits.
    """
    values = [1e9 + value for value in np.random.default_rng(1).normal(size=300).tolist()]
    rows = series(values)
    found = fold("var", rows, bounds(rows, frame, None))
    start = 0 if frame.start.unbounded else 290
    assert math.isclose(found[299], statistics.variance(values[start:]), rel_tol=1e-9)


@pytest.mark.parametrize("exclude", ["current row", "group", "ties"])
def test_frames_with_a_gap_are_written_out_in_order(exclude: Exclusion) -> None:
    """
    An array of a frame has its rows in order, without those that EXCLUDE names.
    """
    rows = series([1.0, 2.0, 3.0])
    frames = bounds(rows, Frame("rows", FIRST, LAST, exclude), None)
    found = each(rows, frames, [rows.sorted("v")], pl.col("v").implode()).to_list()
    without = [[2.0, 3.0], [1.0, 3.0], [1.0, 2.0]]
    assert found == ([[1.0, 2.0, 3.0]] * 3 if exclude == "ties" else without)


def test_frames_that_are_written_out_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    FRAME_ROWS_MAX bounds the work of growing frames over many rows; whole partitions are no work.
    """
    monkeypatch.setattr(each_module, "FRAME_ROWS_MAX", 54)
    rows = series([float(value) for value in range(10)])
    growing = bounds(rows, Frame("rows", FIRST, CURRENT), None)
    with pytest.raises(FrameTooLarge, match="FRAME_ROWS_MAX"):
        each(rows, growing, [rows.sorted("v")], pl.col("v").median())
    monkeypatch.setattr(each_module, "FRAME_ROWS_MAX", 55)
    assert each(rows, growing, [rows.sorted("v")], pl.col("v").median()).to_list()[9] == 4.5
    monkeypatch.setattr(each_module, "FRAME_ROWS_MAX", 0)
    whole = bounds(rows, Frame("rows", FIRST, LAST), None)
    assert each(rows, whole, [rows.sorted("v")], pl.col("v").median()).to_list() == [4.5] * 10


def test_frames_are_written_out_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    FRAME_CHUNK_ROWS changes how much memory is used and nothing else.
    """
    rows = series([float(value) for value in range(30)])
    frames = bounds(rows, Frame("rows", Edge(-1, 4), Edge(-1, 1)), None)
    whole = each(rows, frames, [rows.sorted("v")], pl.col("v").median()).to_list()
    monkeypatch.setattr(each_module, "FRAME_CHUNK_ROWS", 7)
    assert each(rows, frames, [rows.sorted("v")], pl.col("v").median()).to_list() == whole


@pytest.mark.parametrize("name", ["var_pop", "stddev_pop"])
def test_a_group_of_nulls_has_no_variance_whatever_its_keys_are(name: str) -> None:
    """
    The engine's own variance of a group of NULLs is 0 where keys are known to be sorted.
    """
    function = AGGREGATES_BY_NAME[name]
    argument = Argument(dtype=pl.Float64(), build=lambda: pl.col("v"))
    table = pl.DataFrame({"k": [1, 1, 2, 3], "v": [None, None, None, 2.0]})
    groups = table.set_sorted("k").group_by("k", maintain_order=True)
    assert groups.agg(function.build(argument)).get_column("v").to_list() == [None, None, 0.0]
