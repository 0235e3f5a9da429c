"""Histograms: which bin a value falls into, what is refused, how they add up and what they tell."""

import math
import sys

import duckdb
import polars as pl
import pytest

from query_engine.functions.function import HISTOGRAM, BadValue
from query_engine.functions.histograms.limits import BINS_MAX
from query_engine.sql.errors import SqlError
from tests.query_engine.functions.answers import answer, column

NAN, INF = math.nan, math.inf
GREATEST = sys.float_info.max


def values(*numbers: float | None) -> pl.DataFrame:
    """Return a table of one column ``x``."""
    return pl.DataFrame({"x": numbers}, schema={"x": pl.Float64()})


def histogram(call: str, *numbers: float | None) -> dict[str, object]:
    """Return the histogram of *numbers* that *call* makes."""
    made = answer(f"SELECT {call} FROM t", t=values(*numbers))
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    ("value", "bin_"),
    [(0.0, 0), (9.99, 0), (10.0, 1), (39.9, 3), (40.0, 3), (41.0, 3), (-1.0, 0), (INF, 3),
     (-INF, 0), (NAN, 0)],
)  # fmt: skip
def test_a_value_falls_into_its_bin_or_the_nearest(value: float, bin_: int) -> None:
    """
    The end belongs to the last bin, what lies outside to the nearest one, NaN to the first.
    """
    bins = histogram("make_histogram(0, 40, 4, x)", value)["bins"]
    assert bins == [int(place == bin_) for place in range(4)]


def test_the_struct_has_its_members_in_order() -> None:
    """
    Clients read members by place; outliers are in the sums, NULL is nowhere.
    """
    made = histogram("make_histogram(0, 4, 2, x)", 1.0, None, 3.0, 100.0, -2.0)
    assert list(made) == ["start", "end", "min", "max", "sum", "sum_sq", "count", "bins"]
    assert list(made.values()) == [0.0, 4.0, -2.0, 100.0, 102.0, 10014.0, 4, [2, 2]]
    frame = pl.DataFrame({"h": [made]}, schema={"h": HISTOGRAM})
    assert frame.schema["h"] == HISTOGRAM


def test_nan_poisons_the_sums_and_not_the_extremes() -> None:
    """
    The minimum and maximum are those of the other values; without others those of no values.
    """
    made = histogram("make_histogram(0, 4, 2, x)", NAN, 3.0)
    assert (made["min"], made["max"], made["count"]) == (3.0, 3.0, 2)
    assert math.isnan(made["sum"])
    assert math.isnan(made["sum_sq"])
    only = histogram("make_histogram(0, 4, 2, x)", NAN)
    assert (only["min"], only["max"]) == (GREATEST, -GREATEST)


def test_infinite_values_leave_the_opposite_extreme_finite() -> None:
    """
    The smallest of no values is the greatest double, which is below infinity.
    """
    made = histogram("make_histogram(0, 4, 2, x)", INF)
    assert (made["min"], made["max"]) == (GREATEST, INF)


@pytest.mark.parametrize(("value", "bin_"), [(4.0, 0), (3.0, 0), (5.0, 2), (NAN, 0)])
def test_a_range_without_width_has_two_bins_in_use(value: float, bin_: int) -> None:
    """
    Above it is the last bin, everything else the first.
    """
    bins = histogram("make_histogram(4, 4, 3, x)", value)["bins"]
    assert bins == [int(place == bin_) for place in range(3)]


def test_no_rows_with_constant_bounds_is_an_empty_histogram() -> None:
    """
    Not NULL: its bins are zero, its extremes those of no values.
    """
    for numbers in ((), (None, None)):
        made = histogram("make_histogram(0, 4, 2, x)", *numbers)
        assert list(made.values()) == [0.0, 4.0, GREATEST, -GREATEST, 0.0, 0.0, 0, [0, 0]]
    assert histogram("make_histogram(0, 4, 2, x) FILTER (WHERE x > 5)", 1.0)["count"] == 0


BOUNDS = pl.DataFrame(
    {
        "g": ["a", "a", "b", "b", "c"],
        "lo": [0.0, 0.0, 10.0, 10.0, 0.0],
        "hi": [4.0, 4.0, 20.0, 20.0, 1.0],
        "n": [2, 2, 5, 5, 1],
        "x": [1.0, 3.0, 19.0, None, 0.5],
    }
)


def test_bounds_may_come_from_columns_each_group_its_own() -> None:
    """
    Groups of different numbers of bins are made in one go.
    """
    sql = "SELECT make_histogram(lo, hi, n, x) FROM t GROUP BY g ORDER BY g"
    made = column(sql, t=BOUNDS)
    assert [h["bins"] for h in made] == [[1, 1], [0, 0, 0, 0, 1], [1]]
    assert [(h["start"], h["end"]) for h in made] == [(0.0, 4.0), (10.0, 20.0), (0.0, 1.0)]


def test_bounds_from_columns_without_rows_are_null() -> None:
    """
    Nobody knows the bounds then.
    """
    sql = "SELECT make_histogram(lo, hi, n, x) FROM t WHERE x > 100"
    assert answer(sql, t=BOUNDS) is None
    mixed = "SELECT make_histogram(0, hi, 2, x) FROM t WHERE x > 100"
    assert answer(mixed, t=BOUNDS) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("make_histogram(lo, 100, 2, x)", "start changed"),
        ("make_histogram(0, hi, 2, x)", "end changed"),
        ("make_histogram(0, 100, n, x)", "bins changed"),
        ("make_histogram(CASE WHEN g = 'a' THEN 1.0 END, 100, 2, x)", "start is NULL"),
        ("make_histogram(0, 100, n - n, x)", "1 or more, not 0"),
        ("make_histogram(x - x + 5, 4, 1, x)", "NULL"),
        ("make_histogram(0, 0 * hi - 1, 1, x)", "is after end"),
        ("make_histogram(0, 100, n * 0 + 65537, x)", str(BINS_MAX)),
    ],
)
def test_bounds_from_columns_are_checked_while_the_query_runs(call: str, message: str) -> None:
    """
    They are the same in all rows of a group, not NULL, and a range.
    """
    with pytest.raises(BadValue, match=message):
        answer(f"SELECT {call} FROM t", t=BOUNDS)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("make_histogram(NULL, 1, 1, x)", "start is NULL"),
        ("make_histogram(0, 1, NULL, x)", "bins is NULL"),
        ("make_histogram(0, 1, 0, x)", "1 or more"),
        ("make_histogram(2, 1, 1, x)", "after end"),
        ("make_histogram(0, CAST('inf' AS DOUBLE), 1, x)", "finite"),
        ("make_histogram(CAST('NaN' AS DOUBLE), 1, 1, x)", "finite"),
        (f"make_histogram(0, 1, {BINS_MAX + 1}, x)", str(BINS_MAX)),
        ("make_histogram(0, 1, 1.5, x)", "an integer"),
    ],
)
def test_wrong_constants_are_refused_in_their_place(call: str, message: str) -> None:
    """
    Before anything runs, with line and column.
    """
    with pytest.raises(SqlError, match=rf"{message}.*line 1, column"):
        answer(f"SELECT {call} FROM t", t=values(1.0))


def test_as_many_bins_as_allowed_are_counted() -> None:
    """
    BINS_MAX bins fit the numbers that places are kept in.
    """
    made = histogram(f"make_histogram(0, {BINS_MAX}, {BINS_MAX}, x)", 0.0, BINS_MAX - 1.0)
    assert len(made["bins"]) == BINS_MAX
    assert (made["bins"][0], made["bins"][-1]) == (1, 1)


def test_many_groups_agree_with_duckdb() -> None:
    """
    Bin by bin, over groups of random values.
    """
    rows = pl.select(
        g=pl.int_range(20_000) % 37, x=((pl.int_range(20_000) * 7919) % 1009 - 50).cast(pl.Float64)
    )
    sql = "SELECT g, make_histogram(0, 900, 30, x) AS h FROM t GROUP BY g ORDER BY g"
    ours = column(sql.replace("SELECT g,", "SELECT"), t=rows)
    with duckdb.connect() as connection:
        connection.register("t", rows.to_arrow())
        theirs = connection.execute(
            "SELECT g, least(greatest(floor(x / 30), 0), 29)::INT AS bin, count(*), sum(x) "
            "FROM t GROUP BY g, bin ORDER BY g, bin"
        ).fetchall()
    for group, made in enumerate(ours):
        counts = {row[1]: row[2] for row in theirs if row[0] == group}
        assert made["bins"] == [counts.get(place, 0) for place in range(30)]
        assert made["count"] == sum(counts.values())
        assert made["sum"] == sum(row[3] for row in theirs if row[0] == group)


PARTS = (
    "(SELECT g, make_histogram(0, 4, 2, x) AS h FROM t GROUP BY g "
    "UNION ALL SELECT 'b', NULL) AS parts"
)


def test_histograms_add_up_to_that_of_all_values() -> None:
    """
    sum_histograms of parts is make_histogram of the whole; NULLs are left out.
    """
    rows = pl.DataFrame({"g": ["a", "a", "b", "c"], "x": [1.0, NAN, 3.0, -7.5]})
    summed = answer(f"SELECT sum_histograms(h) FROM {PARTS}", t=rows)
    whole = answer("SELECT make_histogram(0, 4, 2, x) FROM t", t=rows)
    assert repr(summed) == repr(whole)
    by_group = column(f"SELECT sum_histograms(h) FROM {PARTS} GROUP BY g ORDER BY g", t=rows)
    assert [h["bins"] for h in by_group] == [[2, 0], [0, 1], [1, 0]]


def test_nothing_but_nulls_adds_up_to_null() -> None:
    """
    As do no rows at all.
    """
    rows = pl.DataFrame({"h": [None, None]}, schema={"h": HISTOGRAM})
    assert answer("SELECT sum_histograms(h) FROM t", t=rows) is None
    assert answer("SELECT sum_histograms(h) FROM t", t=rows.clear()) is None


@pytest.mark.parametrize("other", ["(1, 4, 2, x)", "(0, 5, 2, x)", "(0, 4, 3, x)"])
def test_histograms_of_other_bins_do_not_add_up(other: str) -> None:
    """
    Start, end and number of bins have to be the same.
    """
    sql = (
        "SELECT sum_histograms(h) FROM (SELECT make_histogram(0, 4, 2, x) AS h FROM t "
        f"UNION ALL SELECT make_histogram{other} FROM t) AS parts"
    )
    with pytest.raises(BadValue, match="have to be the same"):
        answer(sql, t=values(1.0))


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.0, 10.0), (0.25, 15.0), (0.5, 20.0), (0.75, 35.0), (1.0, 40.0), (2.0, 40.0), (-1.0, -10.0)],
)
def test_a_quantile_is_estimated_inside_its_bin(share: float, value: float) -> None:
    """
    Linear inside the first bin that is not empty and reaches the share; q is not checked.
    """
    rows = values(12.0, 13.0, 33.0, 34.0)
    sql = f"SELECT quantile_from_histogram(make_histogram(0, 40, 4, x), {share}) FROM t"
    assert answer(sql, t=rows) == value


def test_a_quantile_of_no_values_is_the_end() -> None:
    """
    There is no bin that holds it.
    """
    sql = "SELECT quantile_from_histogram(make_histogram(0, 40, 4, x), 0.5) FROM t"
    assert answer(sql, t=values()) == 40.0


def test_shares_may_come_from_a_column_and_only_a_constant_null_is_refused() -> None:
    """
    Each row its own share; NULL in a column gives NULL.
    """
    sql = (
        "SELECT quantile_from_histogram((SELECT make_histogram(0, 40, 4, x) FROM t), q) "
        "FROM s ORDER BY q NULLS LAST"
    )
    shares = pl.DataFrame({"q": [0.5, None, 0.0]})
    assert column(sql, t=values(5.0, 15.0), s=shares) == [0.0, 10.0, None]
    with pytest.raises(SqlError, match="q is NULL"):
        answer(
            "SELECT quantile_from_histogram(make_histogram(0, 4, 2, x), NULL) FROM t",
            t=values(1.0),
        )


@pytest.mark.parametrize(
    ("numbers", "variance"), [((), NAN), ((3.0,), NAN), ((1.0, 2.0, 4.0), 7 / 3), ((2.0, 2.0), 0.0)]
)
def test_the_variance_is_that_of_a_sample(numbers: tuple[float, ...], variance: float) -> None:
    """
    None and one value have none: NaN.
    """
    sql = "SELECT variance_from_histogram(make_histogram(0, 4, 2, x)) FROM t"
    found = answer(sql, t=values(*numbers))
    assert found == pytest.approx(variance, nan_ok=True)


@pytest.mark.parametrize(
    "call",
    ["count_from_histogram(h)", "sum_from_histogram(h)", "variance_from_histogram(h)",
     "quantile_from_histogram(h, 0.5)"],
)  # fmt: skip
def test_of_a_null_histogram_everything_is_null(call: str) -> None:
    """
    NULL beside others too.
    """
    rows = pl.DataFrame({"h": [None]}, schema={"h": HISTOGRAM})
    assert answer(f"SELECT {call} FROM t", t=rows) is None
    both = (
        f"SELECT {call} FROM (SELECT make_histogram(0, 4, 2, x) AS h FROM s "
        "UNION ALL SELECT h FROM t) AS u"
    )
    found = column(both, t=rows, s=values(1.0, 3.0))
    assert sorted(value is None for value in found) == [False, True]


def test_counts_and_sums_have_their_types() -> None:
    """
    count is an unsigned integer, sum a double.
    """
    sql = "SELECT {}(make_histogram(0, 4, 2, x)) FROM t"
    assert answer(sql.format("count_from_histogram"), t=values(1.0, 9.0, None)) == 2
    assert answer(sql.format("sum_from_histogram"), t=values(1.0, 9.0, None)) == 10.0


def test_distinct_order_and_other_types_are_refused() -> None:
    """
    Nothing is silently ignored.
    """
    for call in (
        "make_histogram(DISTINCT 0, 4, 2, x)",
        "make_histogram(0, 4, 2, x ORDER BY x)",
        "sum_histograms(x)",
        "count_from_histogram(x)",
    ):
        with pytest.raises(SqlError):
            answer(f"SELECT {call} FROM t", t=values(1.0))
