"""
date_trunc(unit, time): the start of the unit (microsecond to year, weeks start on Monday) that
the time lies in.
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

STEPS = {
    "microsecond": "1us",
    "millisecond": "1ms",
    "second": "1s",
    "minute": "1m",
    "hour": "1h",
    "day": "1d",
    "week": "1w",
    "month": "1mo",
    "quarter": "1q",
    "year": "1y",
}


def build(unit: Argument, time: Argument) -> pl.Expr:
    """Truncate."""
    step = STEPS.get(unit.text.lower())
    if step is None:
        raise BadArgument(f"the unit is one of {', '.join(STEPS)}")
    return time.expr.dt.truncate(step)


DATE_TRUNC = ScalarFunction(
    name="date_trunc",
    group="Time",
    parameters=(
        Parameter("unit", Kind.TEXT, constant=True),
        Parameter("time", Kind.ZONED),
    ),
    returns=same_as(1),
    build=build,
    doc="The start of the unit (microsecond to year, weeks start on Monday) that the time lies in.",
    examples=(
        Example(
            "SELECT date_trunc('hour', TIMESTAMP '2026-03-05T17:31:09Z')", "2026-03-05T17:00:00Z"
        ),
        Example(
            "SELECT date_trunc('week', TIMESTAMP '2026-03-05T17:31:09Z')", "2026-03-02T00:00:00Z"
        ),
    ),
    aliases=("datetrunc",),
)
