"""
Conversions between types: what CAST means, and which texts count as which values.

Rule: a conversion that SQL cannot carry out fails (CAST) or is NULL (TRY_CAST), never wraps.
"""

import polars as pl

from query_engine.functions.decimals import from_decimal, to_decimal
from query_engine.functions.function import DURATION, TIME, Argument
from query_engine.functions.interval import NS_PER_SECOND
from query_engine.functions.timestamps import text_to_date, text_to_time
from query_engine.sql.types import (
    BOOLEAN,
    DATE,
    FLOAT64,
    INT64,
    TEXT,
    as_instance,
    common_type,
    is_null,
    is_text,
    is_time,
    is_zoned,
)

CLOCK = pl.Time()
DAYS = (pl.Int32(), INT64)
"""The numbers that a date is as one: days since 1970."""
TRUE_TEXTS = ("true", "t", "yes", "y", "on", "1")
FALSE_TEXTS = ("false", "f", "no", "n", "off", "0")


def cast_expression(value: Argument, target: pl.DataType, *, strict: bool) -> pl.Expr | None:
    """Return the Polars expression that converts *value* to *target*; None if nothing does."""
    source, expr = value.dtype, value.expr
    if source == target:
        return expr
    if is_null(source):
        return expr.cast(target)
    if is_text(source):
        if isinstance(target, pl.Decimal):
            return to_decimal(value, target, strict=strict)
        return from_text(expr.cast(TEXT), target, strict=strict)
    if target == TEXT:
        return to_text(expr, source)
    if isinstance(source, pl.Decimal):
        return from_decimal(value, target, strict=strict)
    if isinstance(target, pl.Decimal):
        return to_decimal(value, target, strict=strict) if source.is_numeric() else None
    if source.is_numeric() or isinstance(source, pl.Boolean):
        return from_number(expr, source, target, strict=strict)
    if is_time(source):
        return from_time(expr, source, target)
    if isinstance(source, pl.Duration):
        return expr.cast(DURATION).to_physical() if target == INT64 else None
    if isinstance(source, pl.List) and isinstance(target, pl.List):
        inner = Argument(dtype=as_instance(source.inner), build=pl.element)
        item = cast_expression(inner, as_instance(target.inner), strict=strict)
        return None if item is None else expr.list.eval(item)
    return None


def may_fail(source: pl.DataType, target: pl.DataType) -> bool:
    """Tell whether some value of *source* is none of *target*."""
    if is_null(source) or target in (TEXT, FLOAT64) or source == pl.Boolean():
        return is_text(source) and target == FLOAT64
    return not (source.is_integer() and common_type(source, target) == target)


def from_text(expr: pl.Expr, target: pl.DataType, *, strict: bool) -> pl.Expr | None:
    """Read text as *target*."""
    if target == TEXT:
        return expr
    if target.is_numeric():
        return expr.str.strip_chars().cast(target, strict=strict)
    if target == BOOLEAN:
        lowered = expr.str.strip_chars().str.to_lowercase()
        texts = (*TRUE_TEXTS, *FALSE_TEXTS)
        values = [True] * len(TRUE_TEXTS) + [False] * len(FALSE_TEXTS)
        if strict:
            return lowered.replace_strict(texts, values, return_dtype=pl.Boolean)
        return lowered.replace_strict(texts, values, default=None, return_dtype=pl.Boolean)
    if target == TIME:
        return text_to_time(expr, strict=strict)
    if target == DATE:
        return text_to_date(expr, strict=strict)
    if target == CLOCK:
        full = expr.str.strip_chars().str.replace(r"^(\d+:\d+)$", "${1}:00")
        return full.str.to_time("%H:%M:%S%.f", strict=strict)
    if isinstance(target, pl.Binary):
        return expr.cast(pl.Binary)
    return None


def to_text(expr: pl.Expr, source: pl.DataType) -> pl.Expr | None:
    """Write a value as text."""
    if isinstance(source, pl.Datetime):
        offset = "%:z" if is_zoned(source) else "Z"
        return expr.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.f{offset}")
    if isinstance(source, pl.Time):
        return expr.dt.to_string("%H:%M:%S%.f")
    if isinstance(source, pl.Duration):
        return expr.dt.to_string("polars")
    if isinstance(source, pl.Binary):
        return expr.cast(pl.String)
    if source.is_float():
        return expr.cast(pl.String).str.replace("e+", "e", literal=True)
    if isinstance(source, pl.List) and not as_instance(source.inner).is_nested():
        item = cast_expression(
            Argument(dtype=as_instance(source.inner), build=pl.element), TEXT, strict=True
        )
        assert item is not None, "everything plain has a text"
        written = expr.list.eval(item.fill_null("")).list.join(", ")
        return pl.format("[{}]", written)
    if source.is_nested():
        return None
    return expr.cast(pl.String)


def from_number(
    expr: pl.Expr, source: pl.DataType, target: pl.DataType, *, strict: bool
) -> pl.Expr | None:
    """Convert a number or a boolean; floats lose their fraction towards zero."""
    if target.is_numeric():
        return expr.cast(target, strict=strict)
    if target == BOOLEAN:
        return expr != 0
    if target == TIME and source.is_integer():
        ns = expr.cast(pl.Int128) * NS_PER_SECOND
        return ns.cast(INT64, strict=strict).cast(TIME)
    if target == DATE and source.is_integer():
        return expr.cast(pl.Int32, strict=strict).cast(DATE)
    return None


def from_time(expr: pl.Expr, source: pl.DataType, target: pl.DataType) -> pl.Expr | None:
    """Convert a timestamp or a date; as a number a timestamp is its Unix ns."""
    if target == DATE:
        return expr.dt.date()
    if target == TIME:
        if isinstance(source, pl.Datetime) and source.time_zone is not None:
            return expr.dt.convert_time_zone("UTC").cast(TIME)
        return expr.cast(pl.Datetime("ns")).dt.replace_time_zone("UTC")
    if isinstance(source, pl.Datetime):
        if target == CLOCK:
            return expr.dt.time()
        if target == INT64:
            return expr.cast(TIME).to_physical()
        return expr.cast(TIME).to_physical().cast(FLOAT64) if target == FLOAT64 else None
    if target in DAYS:
        return expr.to_physical().cast(target)
    return None
