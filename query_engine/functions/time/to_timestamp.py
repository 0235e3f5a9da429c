"""
to_timestamp(value): the moment that a text (RFC 3339) or a number of seconds since 1970 stands
for.
"""

import polars as pl

from query_engine.functions.function import (
    TIME,
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.timestamps import text_to_time


def build(value: Argument) -> pl.Expr:
    """Read text, scale numbers, leave timestamps."""
    if isinstance(value.dtype, pl.String):
        return text_to_time(value.expr, strict=True)
    if value.dtype.is_integer():
        return (value.expr.cast(pl.Int64) * 1_000_000_000).cast(TIME)
    if value.dtype.is_float():
        return (value.expr * 1e9).round().cast(pl.Int64).cast(TIME)
    if isinstance(value.dtype, pl.Datetime | pl.Null):
        return value.expr.cast(TIME)
    raise BadArgument("it takes text or a number of seconds")


TO_TIMESTAMP = ScalarFunction(
    name="to_timestamp",
    group="Time",
    parameters=(Parameter("value", Kind.ANY),),
    returns=TIME,
    build=build,
    doc="The moment that a text (RFC 3339) or a number of seconds since 1970 stands for.",
    examples=(
        Example("SELECT to_timestamp('2026-03-05T17:31:09+02:00')", "2026-03-05T15:31:09Z"),
        Example("SELECT to_timestamp(1.5)", "1970-01-01T00:00:01.500Z"),
    ),
)
