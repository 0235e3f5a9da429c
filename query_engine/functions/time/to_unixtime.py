"""to_unixtime(value, [format, ...]): whole seconds since 1970, cut towards it."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.interval import NS_PER_SECOND
from query_engine.functions.time.parsing import FORMAT, moment


def build(value: Argument, *formats: Argument) -> pl.Expr:
    """Numbers are seconds already."""
    if value.dtype.is_numeric():
        return value.expr.cast(pl.Int64)
    return moment(value, formats, NS_PER_SECOND).to_physical().truncdiv(NS_PER_SECOND)


TO_UNIXTIME = ScalarFunction(
    name="to_unixtime",
    group="Time",
    parameters=(Parameter("value", Kind.ANY), FORMAT),
    returns=pl.Int64(),
    build=build,
    doc=(
        "Whole seconds since 1970 of a timestamp, a date, a text (RFC 3339, or the first of the "
        "strftime formats that fits) or a number of seconds, cut towards 1970."
    ),
    examples=(
        Example("SELECT to_unixtime(TIMESTAMP '1970-01-01T00:01:00Z')", "60"),
        Example("SELECT to_unixtime('05/03/2026', '%d/%m/%Y')", "1772668800"),
    ),
)
