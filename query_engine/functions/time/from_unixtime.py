"""from_unixtime(n): the moment that many seconds after 1970-01-01T00:00:00Z."""

import polars as pl

from query_engine.functions.function import (
    TIME,
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.interval import NS_PER_SECOND
from query_engine.functions.time.parsing import moment


def build(n: Argument) -> pl.Expr:
    """Count seconds."""
    return moment(n, [], NS_PER_SECOND)


FROM_UNIXTIME = ScalarFunction(
    name="from_unixtime",
    group="Time",
    parameters=(Parameter("n", Kind.INTEGER),),
    returns=TIME,
    build=build,
    doc="The moment that many seconds after 1970-01-01T00:00:00Z.",
    examples=(Example("SELECT from_unixtime(1770000000)", "2026-02-02T02:40:00Z"),),
)
