"""current_time(): the time of day in UTC at which the query began."""

import polars as pl

from query_engine.functions.function import (
    Example,
    ScalarFunction,
)

CURRENT_TIME = ScalarFunction(
    name="current_time",
    group="Time",
    parameters=(),
    returns=pl.Time(),
    build=lambda moment: moment.expr.dt.time(),
    doc="The time of day in UTC at which the query began.",
    examples=(Example("SELECT current_time() = to_time(now())", "true"),),
    clock=True,
)
