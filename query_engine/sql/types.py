"""The types of SQL as Polars types, and which type two of them have in common."""

import polars as pl

from query_engine.functions.decimals import common_decimal
from query_engine.functions.function import DURATION, TIME

INT64 = pl.Int64()
FLOAT32 = pl.Float32()
FLOAT64 = pl.Float64()
TEXT = pl.String()
BOOLEAN = pl.Boolean()
DATE = pl.Date()
NULL = pl.Null()

SHOWN: dict[type[pl.DataType], str] = {
    pl.Int8: "tinyint",
    pl.Int16: "smallint",
    pl.Int32: "int",
    pl.Int64: "bigint",
    pl.UInt8: "tinyint unsigned",
    pl.UInt16: "smallint unsigned",
    pl.UInt32: "int unsigned",
    pl.UInt64: "bigint unsigned",
    pl.Float32: "real",
    pl.Float64: "double",
    pl.String: "text",
    pl.Boolean: "boolean",
    pl.Binary: "binary",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.Time: "time",
    pl.Duration: "interval",
    pl.Null: "NULL",
    pl.List: "array",
    pl.Map: "map",
    pl.Struct: "struct",
}

SIGNED: tuple[pl.DataType, ...] = (pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64(), pl.Int128())
UNSIGNED: tuple[pl.DataType, ...] = (pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64())


def shown(dtype: pl.DataType) -> str:
    """Return the SQL name of *dtype* for messages."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    return SHOWN.get(type(dtype), str(dtype).lower())


def is_text(dtype: pl.DataType) -> bool:
    """Tell whether *dtype* holds text, however encoded."""
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def is_time(dtype: pl.DataType) -> bool:
    """Tell whether *dtype* is a timestamp or a date."""
    return isinstance(dtype, pl.Datetime | pl.Date)


def is_zoned(dtype: pl.DataType) -> bool:
    """Tell whether *dtype* is a timestamp with a zone of AT TIME ZONE."""
    return isinstance(dtype, pl.Datetime) and dtype.time_zone not in {None, "UTC"}


def is_null(dtype: pl.DataType) -> bool:
    """Tell whether *dtype* is that of a bare NULL."""
    return isinstance(dtype, pl.Null)


def common_type(left: pl.DataType, right: pl.DataType) -> pl.DataType | None:
    """
    Return the type that both convert to without being asked, or None.

    Text and numbers have none; ``compared_type`` and ``answered_type`` say what DataFusion does.
    """
    if left == right or is_null(right):
        return left
    if is_null(left):
        return right
    if left.is_numeric() and right.is_numeric():
        return common_number(left, right)
    if is_time(left) and is_time(right):
        return TIME
    if is_text(left) and is_text(right):
        return TEXT
    if isinstance(left, pl.Duration) and isinstance(right, pl.Duration):
        return DURATION
    if isinstance(left, pl.List) and isinstance(right, pl.List):
        inner = common_type(as_instance(left.inner), as_instance(right.inner))
        return None if inner is None else pl.List(inner)
    return None


def compared_type(left: pl.DataType, right: pl.DataType) -> pl.DataType | None:
    """Return the type to compare in: text becomes what it is compared with, a number or a time."""
    if is_text(left) and (right.is_numeric() or is_time(right)):
        return right
    if is_text(right) and (left.is_numeric() or is_time(left)):
        return left
    return common_type(left, right)


def answered_type(left: pl.DataType, right: pl.DataType) -> pl.DataType | None:
    """Return the type of one of two answers (of CASE, of UNION): numbers beside text are text."""
    texts, numbers = is_text(left) or is_text(right), left.is_numeric() or right.is_numeric()
    return TEXT if texts and numbers else common_type(left, right)


def as_instance(dtype: object) -> pl.DataType:
    """Return *dtype* as an instance: nested types may hold bare classes."""
    made = dtype() if isinstance(dtype, type) else dtype
    assert isinstance(made, pl.DataType), f"{dtype!r} is no Polars type"
    return made


def common_number(left: pl.DataType, right: pl.DataType) -> pl.DataType:
    """Return the number type that holds both; signed with 64-bit unsigned is Int128."""
    if left.is_float() or right.is_float():
        return common_float(left, right)
    if isinstance(left, pl.Decimal) or isinstance(right, pl.Decimal):
        return common_decimal(left, right)
    if left in SIGNED and right in SIGNED:
        return SIGNED[max(SIGNED.index(left), SIGNED.index(right))]
    if left in UNSIGNED and right in UNSIGNED:
        return UNSIGNED[max(UNSIGNED.index(left), UNSIGNED.index(right))]
    signed, unsigned = (left, right) if left in SIGNED else (right, left)
    return SIGNED[max(SIGNED.index(signed), UNSIGNED.index(unsigned) + 1)]


def common_float(left: pl.DataType, right: pl.DataType) -> pl.DataType:
    """Return the float type of two numbers, one of them a float: REAL only beside integers."""
    narrow = all(dtype == FLOAT32 or dtype.is_integer() for dtype in (left, right))
    return FLOAT32 if narrow else FLOAT64


def held(dtype: pl.DataType) -> pl.DataType:
    """Return the type of a result: 128-bit integers, only for comparing, are DECIMAL there."""
    return common_decimal(pl.Int64(), pl.UInt64()) if dtype == pl.Int128() else dtype
