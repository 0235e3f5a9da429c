"""measure_stats: what a minute of a metric was, whatever the increments were."""

import math

import polars as pl

from assets.views.measure_stats import MEASURE_STATS
from assets.views.measures import MEASURES

MINUTE = 60_000_000_000


def summed(*values: tuple[int, float]) -> pl.LazyFrame:
    """Return the rollup of (time, value) pairs of one metric."""
    rows = [
        {"time": time, "value": value, "process_id": "p", "exe": "shop", "target": "t",
         "name": "n", "unit": "ms"}
        for time, value in values
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=MEASURES.schema)
    return MEASURE_STATS.build({"measures": frame.lazy()})


def numbers(rows: pl.LazyFrame) -> list[tuple[object, ...]]:
    return rows.select("count", "sum", "min", "max").collect().rows()


def test_parts_of_a_minute_add_up_to_the_minute() -> None:
    """
    Merged, two increments say what one would have said.
    """
    assert MEASURE_STATS.merge is not None
    parts = pl.concat([summed((1, 2.0), (2, -1.0)), summed((3, 5.0))])
    assert numbers(MEASURE_STATS.merge(parts)) == [(3, 6.0, -1.0, 5.0)]
    assert numbers(summed((1, 2.0), (2, -1.0), (3, 5.0))) == [(3, 6.0, -1.0, 5.0)]
    assert summed((1, 2.0), (MINUTE, 1.0)).collect().height == 2


def test_what_is_no_number_is_not_counted() -> None:
    """
    A mark that a series has ended would make the sum of its minute no number either.
    """
    assert numbers(summed((1, 2.0), (2, math.nan))) == [(1, 2.0, 2.0, 2.0)]
    assert numbers(summed((1, math.nan))) == []


def test_the_rows_are_as_the_view_says() -> None:
    """
    Columns and types, in order.
    """
    rows = summed((1, 2.0)).select(MEASURE_STATS.schema.names())
    assert rows.collect_schema() == MEASURE_STATS.schema
