"""Values that stand for moments: text in formats, numbers in a unit, timestamps and dates."""

from collections.abc import Sequence

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
from query_engine.functions.timestamps import text_to_time

FORMAT = Parameter("format", Kind.TEXT, optional=True, variadic=True)


def in_formats(text: pl.Expr, *formats: str) -> pl.Expr:
    """Read text in the first of the formats that fits; without any, as RFC 3339."""
    if not formats:
        return text_to_time(text, strict=True)
    *earlier, last = formats
    parts = [in_format(text, form, strict=False) for form in earlier]
    rest = pl.when(pl.coalesce(parts).is_null()).then(text) if parts else text
    return pl.coalesce([*parts, in_format(rest, last, strict=True)])


def in_format(text: pl.Expr, form: str, *, strict: bool) -> pl.Expr:
    """Read text in one format; without an offset in it, it is UTC."""
    read = text.str.to_datetime(form, time_unit="ns", strict=strict)
    sample = pl.select(pl.lit("").str.to_datetime(form, time_unit="ns", strict=False)).to_series()
    zoned = isinstance(sample.dtype, pl.Datetime) and sample.dtype.time_zone is not None
    return read.cast(TIME) if zoned else read.dt.replace_time_zone("UTC")


def moment(value: Argument, formats: Sequence[Argument], unit_ns: int) -> pl.Expr:
    """
    Return the moment that a value stands for; numbers count a unit since 1970.

    Raises:
        BadArgument: It is of a type that stands for no moment.
    """
    dtype = value.dtype
    if isinstance(dtype, pl.String):
        return over_constants(in_formats, [value, *formats], TIME)
    if isinstance(dtype, pl.Datetime | pl.Date | pl.Null):
        naive = value.expr.cast(pl.Datetime("ns")) if isinstance(dtype, pl.Date) else None
        return value.expr.cast(TIME) if naive is None else naive.dt.replace_time_zone("UTC")
    if dtype.is_integer():
        # In 128 bits, so that what 64 bits do not hold is an error and no other moment.
        return (value.expr.cast(pl.Int128) * unit_ns).cast(pl.Int64).cast(TIME)
    if dtype.is_float():
        return (value.expr * unit_ns).round().cast(pl.Int64).cast(TIME)
    raise BadArgument("it takes text, a number, a timestamp or a date")


def cut(time: pl.Expr, unit_ns: int) -> pl.Expr:
    """Cut a moment to whole units towards 1970."""
    return (time.to_physical().truncdiv(unit_ns) * unit_ns).cast(TIME)


def unit_function(name: str, unit: str, unit_ns: int, *examples: tuple[str, str]) -> ScalarFunction:
    """Return ``to_timestamp_<unit>``: the moment that a value stands for, in whole units."""

    def build(value: Argument, *formats: Argument) -> pl.Expr:
        if value.dtype.is_float():
            whole = value.expr.cast(pl.Int64)
            value = Argument(dtype=pl.Int64(), build=lambda: whole)
        return cut(moment(value, formats, unit_ns), unit_ns)

    return ScalarFunction(
        name=name,
        group="Time",
        parameters=(Parameter("value", Kind.ANY), FORMAT),
        returns=TIME,
        build=build,
        doc=(
            f"The moment that a number of {unit} since 1970, or a text (RFC 3339, or the first of "
            f"the strftime formats that fits) stands for, cut to whole {unit}."
        ),
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
    )
