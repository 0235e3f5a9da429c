"""to_date(value, [format, ...]): the day that a text, a time or a number of days stands for."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.time.parsing import FORMAT, moment


def build(value: Argument, *formats: Argument) -> pl.Expr:
    """Numbers count days since 1970, fractions cut."""
    if isinstance(value.dtype, pl.Date):
        return value.expr
    if value.dtype.is_numeric():
        return value.expr.cast(pl.Int32).cast(pl.Date)
    return moment(value, formats, 1).dt.date()


TO_DATE = ScalarFunction(
    name="to_date",
    group="Time",
    parameters=(Parameter("value", Kind.ANY), FORMAT),
    returns=pl.Date(),
    build=build,
    doc=(
        "The day of a timestamp, of a text (RFC 3339, or the first of the strftime formats that "
        "fits), or of a number of days since 1970."
    ),
    examples=(
        Example("SELECT to_date('29/02/2024', '%d/%m/%Y')", "2024-02-29"),
        Example("SELECT to_date(20000)", "2024-10-04"),
    ),
)
