"""to_time(value, [format, ...]): the time of day of a timestamp or of a text."""

import polars as pl

from query_engine.functions.constants import over_constants
from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.time.parsing import FORMAT

USUAL = ("%H:%M:%S%.f", "%H:%M:%S", "%H:%M")


def read(text: pl.Expr, *formats: str) -> pl.Expr:
    """Read text in the first of the formats that fits."""
    *earlier, last = formats or USUAL
    parts = [text.str.to_time(form, strict=False) for form in earlier]
    rest = pl.when(pl.coalesce(parts).is_null()).then(text) if parts else text
    return pl.coalesce([*parts, rest.str.to_time(last, strict=True)])


def build(value: Argument, *formats: Argument) -> pl.Expr:
    """Read text, take the time of timestamps."""
    if isinstance(value.dtype, pl.String):
        return over_constants(read, [value, *formats], pl.Time())
    if isinstance(value.dtype, pl.Datetime):
        return value.expr.dt.time()
    if isinstance(value.dtype, pl.Time | pl.Null):
        return value.expr.cast(pl.Time)
    raise BadArgument("it takes text or a timestamp")


TO_TIME = ScalarFunction(
    name="to_time",
    group="Time",
    parameters=(Parameter("value", Kind.ANY), FORMAT),
    returns=pl.Time(),
    build=build,
    doc=(
        "The time of day of a timestamp or of a text: 12:30:45.5, 12:30, or the first of the "
        "strftime formats that fits."
    ),
    examples=(
        Example("SELECT to_time('12:30')", "12:30:00"),
        Example("SELECT to_time(TIMESTAMP '2026-03-05T17:31:09Z')", "17:31:09"),
    ),
)
