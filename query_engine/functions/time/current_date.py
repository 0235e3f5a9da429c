"""current_date(): the day in UTC on which the query began."""

import polars as pl

from query_engine.functions.function import (
    Example,
    ScalarFunction,
)

CURRENT_DATE = ScalarFunction(
    name="current_date",
    group="Time",
    parameters=(),
    returns=pl.Date(),
    build=lambda moment: moment.expr.dt.date(),
    doc="The day in UTC on which the query began.",
    examples=(Example("SELECT current_date() = date_trunc('day', now())", "true"),),
    aliases=("today",),
    clock=True,
)
