"""Files are left out only when no row of them can matter."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.prune import needed_files

US = pl.Datetime("us", "UTC")
HOUR_NS = 3_600_000_000_000


def files(*bounds, slices=None):
    """Return statistics of files whose times lie within the given (low, high) in ns."""
    count = len(bounds)
    lows, highs = zip(*bounds, strict=True)
    return pl.DataFrame(
        {
            "path": [str(number) for number in range(count)],
            "date": pl.Series([day for day, _ in slices or [(date(2026, 1, 1), "00")] * count]),
            "slice": [hour for _, hour in slices or [(None, "00")] * count],
            "min_time": pl.Series([None if x is None else x // 1000 for x in lows]).cast(US),
            "max_time": pl.Series([None if x is None else x // 1000 for x in highs]).cast(US),
            "min_process_id": ["b"] * count,
            "max_process_id": ["d"] * count,
        }
    )


def kept(frame, *predicates):
    """Return the paths that are needed."""
    return needed_files(frame, [ColumnPredicate(*one) for one in predicates])["path"].to_list()


COMPARE = {
    "=": lambda row, value: row == value,
    "<": lambda row, value: row < value,
    "<=": lambda row, value: row <= value,
    ">": lambda row, value: row > value,
    ">=": lambda row, value: row >= value,
}


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=4),
    st.sampled_from(sorted(COMPARE)),
    st.integers(-10, 5010),
)
def test_a_file_with_a_matching_row_is_always_read(rows, op, value):
    """
    To the nanosecond, although statistics are in microseconds.
    """
    if any(COMPARE[op](row, value) for row in rows):
        assert kept(files((min(rows), max(rows))), ("time", op, value)) == ["0"]


def test_files_beyond_the_bounds_are_left_out():
    """
    Both ends count, and every predicate must be possible.
    """
    frame = files((0, 1000), (5000, 9000), (20_000, 30_000))
    assert kept(frame, ("time", ">=", 4000), ("time", "<=", 9000)) == ["1"]
    assert kept(frame, ("time", "=", 25_000)) == ["2"]
    assert kept(frame, ("time", "in", (500, 8000))) == ["0", "1"]
    assert kept(frame, ("time", "<", 0)) == ["0"]
    assert kept(frame, ("time", "<", -1000)) == []


@pytest.mark.parametrize(
    ("op", "value", "needed"),
    [("=", "c", True), ("=", "a", False), (">", "d", True), (">", "e", False), ("<", "a", False)],
)
def test_text_is_compared_as_text(op, value, needed):
    """
    Ids and names prune by their bounds.
    """
    assert kept(files((0, 1)), ("process_id", op, value)) == (["0"] if needed else [])


def test_what_is_unknown_keeps_the_file():
    """
    No statistics, no bounds, no such column, a value of another kind: no reason to leave out.
    """
    frame = files((None, None))
    assert kept(frame, ("time", "=", 5)) == ["0"]
    assert kept(frame, ("level", "=", 5)) == ["0"]
    assert kept(frame, ("process_id", "=", None)) == ["0"]
    assert kept(files((0, 1)), ("time", "=", "noon")) == ["0"]


def test_only_insert_time_prunes_slices():
    """
    Slices are hours of insert time: event times say nothing about them.
    """
    day = date(2026, 11, 22)
    frame = files((None, None), (None, None), slices=[(day, "17"), (day, "18")])
    start = int(datetime(2026, 11, 22, 18, tzinfo=UTC).timestamp()) * 1_000_000_000
    assert kept(frame, ("insert_time", ">", start + 1)) == ["1"]
    assert kept(frame, ("insert_time", "<", start - 1)) == ["0"]
    assert kept(frame, ("insert_time", ">=", start + 2 * HOUR_NS)) == []
    assert kept(frame, ("time", ">", start + 2 * HOUR_NS)) == ["0", "1"]
    merged = files((None, None), (None, None), slices=[(day, "day"), (date(2026, 11, 23), "00")])
    assert kept(merged, ("insert_time", "=", start)) == ["0"]
    assert kept(merged, ("insert_time", ">", start + 6 * HOUR_NS)) == ["1"]
    assert kept(merged, ("insert_time", "<", start - 18 * HOUR_NS - 1000)) == []
