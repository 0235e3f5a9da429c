"""avg(x): the mean of the values, as DOUBLE; DECIMAL and INTERVAL stay; NULL if there are none."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.decimals import mean, mean_type
from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """The mean of numbers has fractions."""
    dtype = arguments[0].dtype
    if isinstance(dtype, pl.Decimal):
        return mean_type(dtype)
    return dtype if isinstance(dtype, pl.Duration) else pl.Float64()


def float_mean(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Polars' mean of 32-bit floats has 32 bits."""
    return values.cast(pl.Float64).mean() if dtype == pl.Float32() else values.mean()


def mean_of(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Keep a DECIMAL exact."""
    return mean(values, dtype) if isinstance(dtype, pl.Decimal) else float_mean(values, dtype)


AVG = AggregateFunction(
    name="avg",
    parameters=(Parameter("x", Kind.SUMMABLE),),
    returns=returns,
    build=lambda x: mean_of(x.expr, x.dtype),
    build_distinct=lambda x: mean_of(x.expr.drop_nulls().unique(), x.dtype),
    doc="The mean of the values, as DOUBLE; DECIMAL and INTERVAL stay. NULL if there are none.",
    examples=(Example("SELECT avg(x) FROM t", "1.6666666666666667"),),
    aliases=("mean",),
)
