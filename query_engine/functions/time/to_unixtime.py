"""to_unixtime(time): whole seconds since 1970, rounded down."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

TO_UNIXTIME = ScalarFunction(
    name="to_unixtime",
    group="Time",
    parameters=(Parameter("time", Kind.TIME),),
    returns=pl.Int64(),
    build=lambda time: time.expr.to_physical() // 1_000_000_000,
    doc="Whole seconds since 1970, rounded down.",
    examples=(Example("SELECT to_unixtime(TIMESTAMP '1970-01-01T00:01:00Z')", "60"),),
)
