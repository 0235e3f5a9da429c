"""The names of types in CAST, and what each means: DataFusion's, and Postgres' beside them."""

from collections.abc import Sequence

import polars as pl
from sqlglot import exp

from query_engine.functions.decimals import PRECISION_MAX
from query_engine.functions.function import DURATION, TIME
from query_engine.sql.positions import Source
from query_engine.sql.types import BOOLEAN, DATE, FLOAT32, FLOAT64, INT64, TEXT

SQL_TYPES: dict[exp.DType, pl.DataType] = {
    exp.DType.TINYINT: pl.Int8(),
    exp.DType.SMALLINT: pl.Int16(),
    exp.DType.INT: pl.Int32(),
    exp.DType.BIGINT: INT64,
    exp.DType.UTINYINT: pl.UInt8(),
    exp.DType.USMALLINT: pl.UInt16(),
    exp.DType.UINT: pl.UInt32(),
    exp.DType.UBIGINT: pl.UInt64(),
    exp.DType.FLOAT: FLOAT32,
    exp.DType.DOUBLE: FLOAT64,
    exp.DType.BOOLEAN: BOOLEAN,
    exp.DType.CHAR: TEXT,
    exp.DType.VARCHAR: TEXT,
    exp.DType.NVARCHAR: TEXT,
    exp.DType.TEXT: TEXT,
    exp.DType.VARBINARY: pl.Binary(),
    exp.DType.DATE: DATE,
    exp.DType.TIME: pl.Time(),
    exp.DType.TIMESTAMP: TIME,
    exp.DType.TIMESTAMPTZ: TIME,
    exp.DType.DATETIME: TIME,
    exp.DType.INTERVAL: DURATION,
}
"""What a type name in CAST means; all timestamps are ns in UTC."""

DEFAULT_DECIMAL = (38, 10)
"""Precision and scale of DECIMAL alone."""

LENGTHS = frozenset(
    {
        exp.DType.CHAR,
        exp.DType.VARCHAR,
        exp.DType.NVARCHAR,
        exp.DType.TEXT,
        exp.DType.FLOAT,
    }
)
"""Names that may have a length; as in DataFusion it means nothing."""


MOMENTS = frozenset({exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ})
PRECISIONS = frozenset({0, 3, 6, 9})
"""Digits of a second that TIMESTAMP(n) keeps; values stay nanoseconds, the rest of them 0."""


def precision(node: exp.DataType) -> int | None:
    """Return the digits of a second that ``TIMESTAMP(n)`` keeps, or None for all."""
    numbers = parameters(node) if node.this in MOMENTS else None
    return numbers[0] if numbers else None


def named_type(node: exp.DataType, source: Source, pos: int) -> pl.DataType:
    """
    Return the type that *node* names, for a conversion at *pos*.

    Raises:
        Unsupported: There is no such type here, or it takes no such parameters.
    """
    if node.this in {exp.DType.ARRAY, exp.DType.LIST} and len(node.expressions) == 1:
        return pl.List(named_type(node.expressions[0], source, pos))
    numbers = parameters(node)
    if numbers is not None and node.this == exp.DType.DECIMAL:
        return decimal_type(numbers, source, pos)
    target = SQL_TYPES.get(node.this)
    if target is None or numbers is None:
        name = node.sql("postgres")
        raise source.unsupported(f"the type {name} is not supported", pos)
    if numbers and node.this in MOMENTS and set(numbers) <= PRECISIONS:
        return target
    if numbers and node.this not in LENGTHS:
        message = "a length or precision in a type is not supported"
        raise source.unsupported(message, pos, hint="leave it out")
    return target


def parameters(node: exp.DataType) -> list[int] | None:
    """Return the numbers in parentheses after a type's name; None if there is something else."""
    numbers = []
    for part in node.expressions:
        value = part.this if isinstance(part, exp.DataTypeParam) else None
        if not isinstance(value, exp.Literal) or not value.this.isdigit():
            return None
        numbers.append(int(value.this))
    return numbers


def decimal_type(numbers: Sequence[int], source: Source, pos: int) -> pl.DataType:
    """Return ``DECIMAL(precision, scale)``; the scale is 0 when only it is left out."""
    if not numbers:
        return pl.Decimal(*DEFAULT_DECIMAL)
    precision, scale = (*numbers, 0)[:2]
    if len(numbers) > 2 or not 0 < precision <= PRECISION_MAX or scale > precision:
        message = f"DECIMAL has 1 to {PRECISION_MAX} digits, of them at most all after the point"
        raise source.unsupported(message, pos)
    return pl.Decimal(precision, scale)
