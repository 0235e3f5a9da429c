"""make_date(year, month, day): the day of a year, a month and a day; an error if there is none."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(year: Argument, month: Argument, day: Argument) -> pl.Expr:
    """Put them together."""
    return pl.date(year.expr, month.expr, day.expr)


MAKE_DATE = ScalarFunction(
    name="make_date",
    group="Time",
    parameters=(
        Parameter("year", Kind.INTEGER),
        Parameter("month", Kind.INTEGER),
        Parameter("day", Kind.INTEGER),
    ),
    returns=pl.Date(),
    build=build,
    doc="The day of a year, a month and a day; a day that does not exist ends the query.",
    examples=(Example("SELECT make_date(2024, 2, 29)", "2024-02-29"),),
)
