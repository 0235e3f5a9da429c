"""
increase_of_ranges(ranges, time, start_time, since): what came to a histogram that only grows.
"""

from typing import Any

import polars as pl

from query_engine.functions.function import (
    RANGES,
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)
from query_engine.functions.histograms.ranges import Ranges, added, grown, ranges_of, row_of


def build(
    ranges: Argument, time: Argument, start_time: Argument, since: Argument | None = None
) -> pl.Expr:
    """Keep the points of a group."""
    whole = ranges.expr.is_not_null() & time.expr.is_not_null()
    begin = pl.lit(None, pl.Int64()) if since is None else _ns(since.expr)
    point = pl.struct(
        ranges.expr.alias("ranges"),
        _ns(time.expr).alias("time"),
        _ns(start_time.expr).alias("start"),
        begin.alias("since"),
    )
    return point.filter(whole).implode()


def _ns(time: pl.Expr) -> pl.Expr:
    return time.to_physical().cast(pl.Int64)


def increases(groups: pl.Series) -> pl.Series:
    """Return one histogram for each group; NULL for one in which nothing can be told."""
    rows = [None if group is None else row_of(_increase(group.to_list())) for group in groups]
    return pl.Series(groups.name, rows, dtype=RANGES)


def _increase(points: list[dict[str, Any]]) -> Ranges | None:
    """
    Return the sum of what each point has more than the one before.

    A point of another start, or with fewer values, was begun anew and counts as a whole; so does
    the first one, if it was begun since the time that is asked for.
    """
    found: list[Ranges] = []
    before: tuple[Ranges, int | None] | None = None
    for point in sorted(points, key=lambda point: point["time"]):
        ranges, start, since = ranges_of(point["ranges"]), point["start"], point["since"]
        if ranges is None:
            continue
        if before is None:
            fresh = None not in (start, since) and start >= since
            more = ranges if fresh else grown(ranges, ranges)
        elif start != before[1]:
            more = ranges
        else:
            more = grown(ranges, before[0]) or ranges
        if more is not None:
            found.append(more)
        before = ranges, start
    return added(found) if found else None


def finish(groups: pl.Expr, *_arguments: Argument) -> pl.Expr:
    """Follow the points of each group."""
    return groups.map_batches(increases, RANGES, is_elementwise=True)


INCREASE_OF_RANGES = AggregateFunction(
    name="increase_of_ranges",
    group="Histograms",
    parameters=(
        Parameter("ranges", Kind.RANGES),
        Parameter("time", Kind.TIME),
        Parameter("start_time", Kind.TIME),
        Parameter("since", Kind.TIME, optional=True),
    ),
    returns=RANGES,
    build=build,
    finish=finish,
    ignores_nulls=False,
    doc=(
        "What came to a cumulative histogram: the points of one series (one process, name and set "
        "of attributes), each less the one before it in time. A point with another start_time, or "
        "with fewer values, was begun anew and counts as a whole; the first one counts if it "
        "began at or after since, and else is only what others are compared with."
    ),
    examples=(
        Example(
            "SELECT quantile_from_ranges(increase_of_ranges(make_ranges([0, 4, 8], [0, x, 1, 0]), "
            "TIMESTAMP '2026-01-01' + x * INTERVAL '1 second', TIMESTAMP '2026-01-01'), 1.0) "
            "FROM t",
            "4.0",
        ),
    ),
)
