"""The types of SQL as Polars types: their names, and which type two of them have in common."""

import polars as pl
from sqlglot import exp

from query_engine.functions.function import DURATION, TIME

INT64 = pl.Int64()
FLOAT64 = pl.Float64()
TEXT = pl.String()
BOOLEAN = pl.Boolean()
DATE = pl.Date()
NULL = pl.Null()

SQL_TYPES: dict[exp.DType, pl.DataType] = {
    exp.DType.TINYINT: pl.Int8(),
    exp.DType.SMALLINT: pl.Int16(),
    exp.DType.INT: pl.Int32(),
    exp.DType.BIGINT: INT64,
    exp.DType.UTINYINT: pl.UInt8(),
    exp.DType.USMALLINT: pl.UInt16(),
    exp.DType.UINT: pl.UInt32(),
    exp.DType.UBIGINT: pl.UInt64(),
    exp.DType.FLOAT: FLOAT64,
    exp.DType.DOUBLE: FLOAT64,
    exp.DType.BOOLEAN: BOOLEAN,
    exp.DType.CHAR: TEXT,
    exp.DType.VARCHAR: TEXT,
    exp.DType.NVARCHAR: TEXT,
    exp.DType.TEXT: TEXT,
    exp.DType.VARBINARY: pl.Binary(),
    exp.DType.DATE: DATE,
    exp.DType.TIMESTAMP: TIME,
    exp.DType.TIMESTAMPTZ: TIME,
    exp.DType.DATETIME: TIME,
    exp.DType.INTERVAL: DURATION,
}
"""What a type name in CAST means. REAL and FLOAT are wide; all timestamps are ns in UTC."""

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
    pl.Duration: "interval",
    pl.Null: "NULL",
    pl.List: "array",
    pl.Map: "map",
    pl.Struct: "struct",
}

SIGNED: tuple[pl.DataType, ...] = (pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64())
UNSIGNED: tuple[pl.DataType, ...] = (pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64())


def shown(dtype: pl.DataType) -> str:
    """Return the SQL name of *dtype* for messages."""
    return SHOWN.get(type(dtype), str(dtype).lower())


def is_text(dtype: pl.DataType) -> bool:
    """Tell whether *dtype* holds text, however encoded."""
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def is_time(dtype: pl.DataType) -> bool:
    """Tell whether *dtype* is a timestamp or a date."""
    return isinstance(dtype, pl.Datetime | pl.Date)


def is_null(dtype: pl.DataType) -> bool:
    """Tell whether *dtype* is that of a bare NULL."""
    return isinstance(dtype, pl.Null)


def common_type(left: pl.DataType, right: pl.DataType) -> pl.DataType | None:
    """
    Return the type that both convert to without being asked, or None.

    Text and numbers have none: SQL texts that mix them are refused rather than guessed at.
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


def as_instance(dtype: object) -> pl.DataType:
    """Return *dtype* as an instance: nested types may hold bare classes."""
    made = dtype() if isinstance(dtype, type) else dtype
    assert isinstance(made, pl.DataType), f"{dtype!r} is no Polars type"
    return made


def common_number(left: pl.DataType, right: pl.DataType) -> pl.DataType:
    """Return the number type that holds both; signed with 64-bit unsigned is Int128."""
    if left.is_float() or right.is_float():
        return FLOAT64
    if left in SIGNED and right in SIGNED:
        return SIGNED[max(SIGNED.index(left), SIGNED.index(right))]
    if left in UNSIGNED and right in UNSIGNED:
        return UNSIGNED[max(UNSIGNED.index(left), UNSIGNED.index(right))]
    signed, unsigned = (left, right) if left in SIGNED else (right, left)
    if signed not in SIGNED or unsigned not in UNSIGNED:
        return FLOAT64
    wide = UNSIGNED.index(unsigned) + 1
    return SIGNED[max(SIGNED.index(signed), wide)] if wide < len(SIGNED) else pl.Int128()
