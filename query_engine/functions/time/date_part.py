"""
date_part(field, time): one field of a time (year to nanosecond, dow with Sunday 0, isodow, doy,
week) or the seconds since 1970 (epoch); of an interval its whole length in seconds (epoch).
"""

from collections.abc import Callable, Sequence

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

FIELDS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "year": lambda t: t.dt.year(),
    "isoyear": lambda t: t.dt.iso_year(),
    "quarter": lambda t: t.dt.quarter(),
    "month": lambda t: t.dt.month(),
    "week": lambda t: t.dt.week(),
    "day": lambda t: t.dt.day(),
    "hour": lambda t: t.dt.hour(),
    "minute": lambda t: t.dt.minute(),
    "second": lambda t: t.dt.second(),
    "millisecond": lambda t: t.to_physical() % 60_000_000_000 // 1_000_000,
    "microsecond": lambda t: t.to_physical() % 60_000_000_000 // 1_000,
    "nanosecond": lambda t: t.to_physical() % 60_000_000_000,
    "dow": lambda t: t.dt.weekday() % 7,
    "isodow": lambda t: t.dt.weekday(),
    "doy": lambda t: t.dt.ordinal_day(),
}
PLURALS = {"msec": "millisecond", "usec": "microsecond"}


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Seconds since 1970 have fractions, fields have none; all but nanoseconds are INT."""
    name = str(arguments[0].value).lower()
    if name == "epoch":
        return pl.Float64()
    return pl.Int64() if name.startswith("nanosecond") else pl.Int32()


def build(part: Argument, time: Argument) -> pl.Expr:
    """Take the field."""
    name = part.text.lower()
    if name == "epoch":
        return time.expr.to_physical() / 1_000_000_000
    if isinstance(time.dtype, pl.Duration):
        raise BadArgument("of an interval only 'epoch' is supported")
    field = FIELDS.get(PLURALS.get(name, name)) or FIELDS.get(name.removesuffix("s"))
    if field is None:
        raise BadArgument(f"the field is one of {', '.join(FIELDS)}, epoch")
    return field(time.expr).cast(returns([part]))


DATE_PART = ScalarFunction(
    name="date_part",
    group="Time",
    parameters=(
        Parameter("field", Kind.TEXT, constant=True),
        Parameter("time", Kind.FIELDED),
    ),
    returns=returns,
    build=build,
    doc=(
        "One field of a time (year to nanosecond, dow with Sunday 0, isodow, doy, week) or "
        "the seconds since 1970 (epoch); of an interval its whole length in seconds (epoch)."
    ),
    examples=(
        Example("SELECT extract(hour FROM TIMESTAMP '2026-03-05T17:31:09Z')", "17"),
        Example("SELECT date_part('epoch', INTERVAL '90 seconds')", "90.0"),
    ),
    aliases=("datepart",),
)
