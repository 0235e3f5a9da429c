"""
date_bin(width, time, [origin]): the start of the bin of a width that the time lies in; bins are
counted from the origin (1970-01-01 if left out).
"""

import polars as pl

from query_engine.functions.function import (
    TIME,
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)
from query_engine.functions.interval import Interval


def build(width: Argument, time: Argument, origin: Argument | None = None) -> pl.Expr:
    """Round down, also before the origin."""
    step = width.interval
    if step.months:
        return month_bin(step, time, origin)
    if step.ns <= 0:
        raise BadArgument("the width is more than 0")
    start = 0 if origin is None else int(origin.number)
    ns = time.expr.to_physical()
    return ((ns - start) // step.ns * step.ns + start).cast(TIME)


def month_bin(step: Interval, time: Argument, origin: Argument | None) -> pl.Expr:
    """Count calendar months from the origin; a bin begins on its day and at its time of day."""
    if step.ns or step.months < 0:
        raise BadArgument("a width in months is whole months, more than 0")
    start = 0 if origin is None else int(origin.number)

    def body(t: pl.Expr) -> pl.Expr:
        first = pl.lit(start).cast(TIME)
        bins = (calendar_months(t) - calendar_months(first)) // step.months
        begun = first.dt.offset_by((bins * step.months).cast(pl.String) + "mo")
        before = first.dt.offset_by(((bins - 1) * step.months).cast(pl.String) + "mo")
        return pl.when(begun > t).then(before).otherwise(begun)

    return let([time], body)


def calendar_months(time: pl.Expr) -> pl.Expr:
    """Return the months since the year 0, whatever the day."""
    return time.dt.year().cast(pl.Int64) * 12 + time.dt.month().cast(pl.Int64)


DATE_BIN = ScalarFunction(
    name="date_bin",
    group="Time",
    parameters=(
        Parameter("width", Kind.INTERVAL, constant=True),
        Parameter("time", Kind.TIME),
        Parameter("origin", Kind.TIME, optional=True, constant=True),
    ),
    returns=TIME,
    build=build,
    doc=(
        "The start of the bin of a width that the time lies in; bins are counted from the "
        "origin (1970-01-01 if left out)."
    ),
    examples=(
        Example(
            "SELECT date_bin(INTERVAL '15 minutes', TIMESTAMP '2026-03-05T17:31:09Z')",
            "2026-03-05T17:30:00Z",
        ),
        Example(
            "SELECT date_bin('1 month', TIMESTAMP '2026-03-05T17:31:09Z')", "2026-03-01T00:00:00Z"
        ),
    ),
)
