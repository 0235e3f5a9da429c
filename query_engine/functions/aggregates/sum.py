"""sum(x): the sum of the values; NULL if there are none."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.decimals import sum_type
from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Whole numbers sum up in 64 bits, a DECIMAL gets room."""
    dtype = arguments[0].dtype
    if isinstance(dtype, pl.Decimal):
        return sum_type(dtype)
    if dtype.is_float():
        return pl.Float64()
    if dtype.is_unsigned_integer():
        return pl.UInt64()
    return pl.Int64() if dtype.is_integer() else dtype


def total(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Sum in the wide type: Polars sums 32 bits in 32 bits, and nothing to 0."""
    wide = returns([Argument(dtype=dtype, build=pl.element)])
    if isinstance(wide, pl.Decimal):
        return pl.when(values.count() > 0).then(values.sum()).cast(wide)
    return pl.when(values.count() > 0).then(values.cast(wide).sum())


def build(x: Argument) -> pl.Expr:
    """Sum."""
    return total(x.expr, x.dtype)


SUM = AggregateFunction(
    name="sum",
    parameters=(Parameter("x", Kind.SUMMABLE),),
    returns=returns,
    build=build,
    build_distinct=lambda x: total(x.expr.drop_nulls().unique(), x.dtype),
    doc="The sum of the values; NULL if there are none.",
    examples=(
        Example("SELECT sum(x) FROM t", "5"),
        Example("SELECT sum(DISTINCT x) FROM t", "3"),
    ),
)
