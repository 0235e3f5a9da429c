"""make_time(hour, minute, second): a time of day; an error if there is none."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(hour: Argument, minute: Argument, second: Argument) -> pl.Expr:
    """Put them together."""
    return pl.time(hour.expr, minute.expr, second.expr)


MAKE_TIME = ScalarFunction(
    name="make_time",
    group="Time",
    parameters=(
        Parameter("hour", Kind.INTEGER),
        Parameter("minute", Kind.INTEGER),
        Parameter("second", Kind.INTEGER),
    ),
    returns=pl.Time(),
    build=build,
    doc="A time of day of an hour, a minute and a second; one that does not exist ends the query.",
    examples=(Example("SELECT make_time(13, 5, 9)", "13:05:09"),),
)
