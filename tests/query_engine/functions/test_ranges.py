"""Histograms of ranges of any width: quantiles, sums, and what came to one that only grows."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query_engine.functions.function import RANGES
from query_engine.functions.histograms.make_ranges import made
from query_engine.functions.histograms.ranges import added, grown, quantile, ranges_of
from query_engine.functions.histograms.sum_ranges import summed
from query_engine.sql.errors import SqlError
from tests.query_engine.functions.answers import answer, column

INF = math.inf
QUIET = settings(max_examples=150, deadline=None)
numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
shares = st.floats(0, 1)
bound_lists = st.lists(st.floats(-1e6, 1e6), max_size=12, unique=True).map(sorted)


def explicit(bounds: list[float], values: list[float], **more: Any) -> dict[str, Any]:
    """Return the histogram of some values, as a row."""
    places = np.searchsorted(bounds, values, side="left")
    counts = np.bincount(places, minlength=len(bounds) + 1).tolist()
    extremes = {"min": min(values), "max": max(values)} if values else {"min": None, "max": None}
    return {"bounds": bounds, "counts": counts, **extremes, "scale": None, **more}


def exponential(scale: int, values: list[float]) -> dict[str, Any]:
    """Return the exponential histogram of some values, written out as rows have it."""

    def indices(some: list[float]) -> list[int]:
        """Return the bucket of each value."""
        return [math.ceil(math.log2(value) * 2**scale) - 1 for value in some]

    def buckets(found: list[int]) -> tuple[int, list[int]]:
        """Return offset and counts."""
        counts = np.bincount(np.array(found) - min(found)).tolist() if found else []
        return (min(found), counts) if found else (0, [])

    low, below = buckets(indices([-value for value in values if value < 0]))
    high, above = buckets(indices([value for value in values if value > 0]))
    bounds = [-math.exp2((low + at) / 2**scale) for at in range(len(below), -1, -1)]
    bounds = bounds if below else [-0.0]
    upper = [math.exp2((high + at) / 2**scale) for at in range(len(above) + 1)]
    bounds += upper if above else [0.0]
    counts = [0, *reversed(below), values.count(0.0), *above, 0]
    row = {"bounds": bounds, "counts": counts, "min": min(values), "max": max(values)}
    return made(pl.Series([row | {"scale": scale}], dtype=RANGES)).to_list()[0]


def ranges(row: dict[str, Any]) -> Any:
    """Return a row's histogram, which is whole."""
    found = ranges_of(row)
    assert found is not None
    return found


def exact(values: list[float], share: float) -> float:
    """Return the least value that the share of all values is at or below."""
    return float(sorted(values)[max(0, math.ceil(share * len(values)) - 1)])


@QUIET
@given(bound_lists, numbers, shares)
def test_a_quantile_lies_in_the_range_of_the_exact_one(
    bounds: list[float], values: list[float], share: float
) -> None:
    """
    An estimate is off by no more than the width of a range, and never outside of min and max.
    """
    found = quantile(ranges(explicit(bounds, values)), share)
    wanted = exact(values, share)
    assert found is not None
    low = max((bound for bound in bounds if bound < wanted), default=-INF)
    high = min((bound for bound in bounds if bound >= wanted), default=INF)
    assert max(low, min(values)) <= found <= min(high, max(values))


@QUIET
@given(numbers, st.integers(-2, 5), shares)
def test_quantiles_of_exponential_ranges_are_as_close_as_the_scale(
    values: list[float], scale: int, share: float
) -> None:
    """
    The error is a factor of the base at most, on both sides of zero; zeros are zero.
    """
    values = [0.0 if abs(value) < 1e-3 else value for value in values]
    found = quantile(ranges(exponential(scale, values)), share)
    wanted = exact(values, share)
    assert found is not None
    if wanted == 0:
        assert found == 0
        return
    base = math.exp2(2.0**-scale) * (1 + 1e-9)
    assert 1 / base <= found / wanted <= base


@QUIET
@given(st.lists(st.tuples(bound_lists, numbers), min_size=1, max_size=4))
def test_a_sum_counts_what_is_known_exactly(parts: list[tuple[list[float], list[float]]]) -> None:
    """
    At every bound of the sum lie as many values as all parts have there; shared bounds are kept.
    """
    total = added([ranges(explicit(bounds, values)) for bounds, values in parts])
    every = [value for _, values in parts for value in values]
    for bound, below in zip(total.bounds, np.cumsum(total.counts), strict=False):
        assert below == sum(value <= bound for value in every)
    assert total.total == len(every)
    assert set.intersection(*(set(bounds) for bounds, _ in parts)) <= set(total.bounds)
    assert (total.least, total.greatest) == (min(every), max(every))


@QUIET
@given(st.lists(st.tuples(st.integers(-1, 4), numbers), min_size=2, max_size=4), shares)
def test_exponential_sums_are_as_close_as_the_coarsest_scale(
    parts: list[tuple[int, list[float]]], share: float
) -> None:
    """
    Whatever offsets and scales are added, no accuracy is lost beyond the coarsest one.
    """
    parts = [(s, [0.0 if abs(v) < 1e-3 else v for v in values]) for s, values in parts]
    total = added([ranges(exponential(scale, values)) for scale, values in parts])
    wanted = exact([value for _, values in parts for value in values], share)
    found = quantile(total, share)
    coarsest = min(scale for scale, _ in parts)
    assert total.scale == coarsest
    assert found is not None
    if wanted == 0:
        assert found == 0
        return
    base = math.exp2(2.0**-coarsest) * (1 + 1e-9)
    assert 1 / base <= found / wanted <= base


@QUIET
@given(bound_lists, st.lists(numbers, min_size=1, max_size=5))
def test_a_sum_of_the_same_bounds_is_the_same_by_the_short_way(
    bounds: list[float], parts: list[list[float]]
) -> None:
    """
    Most groups have one list of bounds, whose counts are added at once.
    """
    rows = [explicit(bounds, values) for values in parts]
    (found,) = summed(pl.Series([rows], dtype=pl.List(RANGES))).to_list()
    slow = added([ranges(row) for row in rows])
    assert found["counts"] == slow.counts.tolist()
    assert (found["min"], found["max"]) == (slow.least, slow.greatest)


@QUIET
@given(bound_lists, numbers, numbers)
def test_what_grew_is_what_came_later(
    bounds: list[float], first: list[float], more: list[float]
) -> None:
    """
    A later point less an earlier one; what has become less was begun anew.
    """
    earlier, later = ranges(explicit(bounds, first)), ranges(explicit(bounds, first + more))
    found = grown(later, earlier)
    assert found is not None
    assert found.counts.tolist() == explicit(bounds, more)["counts"]
    assert grown(earlier, later) is None


@pytest.mark.parametrize(
    ("arguments", "share", "wanted"),
    [
        ("[0, 10, 20], [0, 10, 10, 0]", 0.5, 10.0),
        ("[0, 10, 20], [0, 10, 10, 0]", 0.25, 5.0),
        ("[0, 10, 20], [0, 10, 10, 0]", 0.0, 0.0),
        ("[0, 10, 20], [0, 10, 10, 0]", 1.0, 20.0),
        ("[0, 10, 20], [0, 10, 10, 0], 4, 12", 0.0, 4.0),
        ("[0, 10, 20], [0, 10, 10, 0], 4, 12", 1.0, 12.0),
        ("[0, 10], [4, 0, 4]", 0.25, 0.0),
        ("[0, 10], [4, 0, 4]", 0.75, 10.0),
        ("[0, 10], [4, 0, 4], -8, 30", 0.25, -4.0),
        ("[0, 10], [4, 0, 4], -8, 30", 0.75, 20.0),
        ("[], [4], 1, 3", 0.5, 2.0),
        ("[1, 4], [0, 1, 0], 1, 4, 0", 0.5, 2.0),
        ("[0, 'Infinity'::DOUBLE], [0, 2, 0], NULL, 6", 0.5, 3.0),
        ("[0, 'Infinity'::DOUBLE], [0, 2, 0]", 0.5, 0.0),
    ],
)
def test_quantiles_are_interpolated_within_a_range(
    arguments: str, share: float, wanted: float
) -> None:
    """
    Linearly, or geometrically with a scale; outer ranges end at min and max, else at their bound.
    """
    sql = f"SELECT quantile_from_ranges(make_ranges({arguments}), {share})"
    assert answer(sql) == pytest.approx(wanted)


@pytest.mark.parametrize(
    "arguments",
    ["[], [4]", "[1], [0, 0]", "[1, 1], [1, 1, 1]", "[2, 1], [1, 1, 1]", "[1, 2], [4]",
     "[1], [-1, 2]", "NULL, [1]", "[1], NULL", "[1, NULL], [1, 1, 1]", "['NaN'::DOUBLE], [1, 1]",
     "[1], [9223372036854775807, 1]"],
)  # fmt: skip
def test_where_nothing_can_be_told_it_is_null(arguments: str) -> None:
    """
    No values, bounds and counts that do not fit together, and counts of 2^63 end no query.
    """
    assert answer(f"SELECT quantile_from_ranges(make_ranges({arguments}), 0.5)") is None
    sql = f"SELECT quantile_from_ranges(sum_ranges(make_ranges({arguments})), 0.5) FROM t"
    assert answer(sql, t=pl.DataFrame({"n": [1, 2]})) is None


@pytest.mark.parametrize("share", ["-0.1", "1.5", "NULL"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    """
    A constant is looked at before the query runs.
    """
    with pytest.raises(SqlError):
        answer(f"SELECT quantile_from_ranges(make_ranges([1], [1, 1]), {share})")


def test_groups_are_added_apart() -> None:
    """
    A group of different bounds, one of the same, one of NULLs.
    """
    rows = pl.DataFrame(
        {
            "g": ["same", "same", "different", "different", "none"],
            "bounds": [[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [2.0], None],
            "counts": [[1, 1, 0], [0, 3, 0], [1, 1, 0], [5, 0], None],
        }
    )
    sql = "SELECT sum_ranges(make_ranges(bounds, counts)) FROM t GROUP BY g ORDER BY g"
    different, none, same = column(sql, t=rows)
    assert isinstance(different, dict)
    assert isinstance(same, dict)
    assert (different["bounds"], different["counts"], none) == ([2.0], [7, 0], None)
    assert (same["bounds"], same["counts"]) == ([1.0, 2.0], [1, 4, 0])


BEGIN = datetime(2026, 11, 23, tzinfo=UTC)


def point(at_s: int, counts: list[int], start_s: int = 0) -> dict[str, Any]:
    """Return a cumulative point."""
    return {
        "time": BEGIN + timedelta(seconds=at_s),
        "start": BEGIN + timedelta(seconds=start_s),
        "counts": counts,
    }


@pytest.mark.parametrize(
    ("points", "since", "wanted"),
    [
        ([point(1, [1, 2]), point(3, [4, 9]), point(2, [2, 2])], None, [3, 7]),
        ([point(1, [1, 2]), point(2, [0, 1])], None, [0, 1]),  # fewer: begun anew
        ([point(1, [1, 2]), point(5, [4, 4], start_s=4)], None, [4, 4]),  # another start
        ([point(1, [1, 2]), point(2, [1, 2])], None, [0, 0]),
        ([point(1, [1, 2]), point(2, [2, 2])], 0, [2, 2]),  # begun within the range
        ([point(11, [1, 2], start_s=5), point(12, [2, 2], start_s=5)], 10, [1, 0]),
        ([point(1, [1, 2])], None, [0, 0]),
    ],
)
def test_what_came_to_a_cumulative_histogram(
    points: list[dict[str, Any]], since: int | None, wanted: list[int]
) -> None:
    """
    increase_of_ranges: differences of points in the order of time, through restarts.
    """
    rows = pl.DataFrame(points).with_columns(pl.lit([1.0]).alias("bounds"))
    begin = "" if since is None else f", TIMESTAMP '2026-11-23T00:00:{since:02d}Z'"
    sql = f"SELECT increase_of_ranges(make_ranges(bounds, counts), time, start{begin}) FROM t"
    found = answer(sql, t=rows)
    assert isinstance(found, dict)
    assert found["counts"] == wanted
    assert answer(f"{sql} WHERE time IS NULL", t=rows) is None


@pytest.mark.parametrize(
    ("made_by", "told_by"),
    [("make_ranges", "quantile_from_ranges"), ("make_histogram", "quantile_from_histogram")],
)
def test_of_no_rows_there_is_no_quantile(made_by: str, told_by: str) -> None:
    """
    A table without rows is asked like any other.
    """
    rows = pl.DataFrame({"x": []}, schema={"x": pl.Float64()})
    call = "[x], [1, 1]" if made_by == "make_ranges" else "0, 4, 2, x"
    sql = f"SELECT {told_by}(h, 0.5) FROM (SELECT {made_by}({call}) AS h FROM t GROUP BY x) AS g"
    if made_by == "make_ranges":
        sql = f"SELECT {told_by}({made_by}({call}), 0.5) FROM t"
    assert column(sql, t=rows) == []
