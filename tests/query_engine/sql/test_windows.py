"""Every aggregate of the registry over windows: as over groups, whatever it needs."""

import math

import polars as pl
import pytest

from query_engine.functions.catalog import AGGREGATES, WINDOWS_BY_NAME
from query_engine.functions.function import AggregateFunction, Kind
from query_engine.sql import plan
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

PLAIN = [function for function in AGGREGATES if function.name not in WINDOWS_BY_NAME]
"""Those whose name does not mean a window function of its own before OVER."""
TABLE = pl.DataFrame(
    {
        "n": range(8),
        "g": [1, 1, 2, 2, 1, 2, None, 1],
        "f": [1.0, 2.0, None, 4.0, 5.0, 6.0, 7.0, 8.0],
        "h": [3.0, 2.0, 2.0, 4.0, None, 6.0, 1.0, 8.0],
        "i": [1, 2, None, 4, 5, 6, 7, 8],
        "b": [True, None, False, True, True, False, True, False],
        "s": list("abcdefgh"),
    }
)
BEGUN = "TIMESTAMP '2026-01-01'"
RANGES = "make_ranges([2, 4], [n, 1, 2])"
CALLS = {
    "make_histogram": "make_histogram(0.0, 10.0, 4, f)",
    "sum_histograms": "sum_histograms((SELECT make_histogram(0.0, 10.0, 4, f) FROM t))",
    "sum_ranges": f"sum_ranges({RANGES})",
    "increase_of_ranges": (
        f"increase_of_ranges({RANGES}, {BEGUN} + n * INTERVAL '1 second', {BEGUN}, {BEGUN})"
    ),
}
COLUMNS = {Kind.INTEGER: "i", Kind.BOOLEAN: "b", Kind.TEXT: "s", Kind.SHOWABLE: "s"}
CONSTANTS = {Kind.TEXT: "','", Kind.INTEGER: "2"}


def call_of(function: AggregateFunction) -> str:
    """Return a call of an aggregate."""
    args = [
        CONSTANTS.get(parameter.kind, "0.5")
        if parameter.constant
        else COLUMNS.get(parameter.kind, "fh"[min(place, 1)])
        for place, parameter in enumerate(function.parameters)
        if not parameter.optional
    ]
    order = " ORDER BY n" if function.ordered else ""
    return CALLS.get(function.name, f"{function.name}({', '.join(args)}{order})")


def rows(sql: str) -> list[tuple[object, ...]]:
    """Return what a query yields."""
    frame = plan(sql, MemoryCatalog(t=TABLE), now_ns=NOW_NS).collect(engine="streaming")
    return frame.rows()


def same(ours: object, theirs: object) -> bool:
    """Tell whether two values are the same, fractions nearly."""
    if isinstance(ours, float) and isinstance(theirs, float):
        both_nan = math.isnan(ours) and math.isnan(theirs)
        return both_nan or math.isclose(ours, theirs, abs_tol=1e-12)
    return ours == theirs


@pytest.mark.parametrize("function", PLAIN, ids=lambda function: function.name)
def test_over_whole_partitions_an_aggregate_is_what_it_is_over_groups(
    function: AggregateFunction,
) -> None:
    """
    The registry knows one meaning; ORDER BY with a frame of everything changes nothing of it.
    """
    call = call_of(function)
    groups = dict(rows(f"SELECT g, {call} FROM t GROUP BY g"))
    for over in ("", "ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"):
        for group, value in rows(f"SELECT g, {call} OVER (PARTITION BY g {over}) FROM t"):
            assert same(value, groups[group]), (group, value, groups[group])


@pytest.mark.parametrize("function", PLAIN, ids=lambda function: function.name)
def test_over_one_row_an_aggregate_is_what_it_is_of_that_row(function: AggregateFunction) -> None:
    """
    Frames written out row by row keep rows apart, for every aggregate.
    """
    call = call_of(function)
    alone = dict(rows(f"SELECT n, {call} FROM t GROUP BY n"))
    frame = "ORDER BY n ROWS BETWEEN CURRENT ROW AND CURRENT ROW"
    for number, value in rows(f"SELECT n, {call} OVER ({frame}) FROM t"):
        assert same(value, alone[number]), (number, value, alone[number])
