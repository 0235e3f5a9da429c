"""to_char(time, format): the time as text in a strftime format, as in DataFusion."""

import polars as pl

from query_engine.functions.constants import over_constants
from query_engine.functions.function import (
    TIME,
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def written(time: pl.Expr, form: str) -> pl.Expr:
    """Try the format first, so that a wrong one is found before the query runs."""
    try:
        pl.select(pl.lit(0).cast(TIME).dt.strftime(form))
    except pl.exceptions.PolarsError as error:
        raise BadArgument("the format is no strftime format", index=1) from error
    return time.dt.strftime(form)


def build(time: Argument, form: Argument) -> pl.Expr:
    """Write."""
    return over_constants(written, [time, form], pl.String())


TO_CHAR = ScalarFunction(
    name="to_char",
    group="Time",
    parameters=(
        Parameter("time", Kind.ZONED),
        Parameter("format", Kind.TEXT),
    ),
    returns=pl.String(),
    build=build,
    doc="The time as text in a strftime format, as in DataFusion.",
    examples=(Example("SELECT to_char(TIMESTAMP '2026-03-05T17:31:09Z', '%H:%M')", "17:31"),),
    aliases=("date_format",),
)
