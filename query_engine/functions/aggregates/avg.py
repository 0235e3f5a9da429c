"""avg(x): the mean of the values, as DOUBLE (an interval for intervals); NULL if there are none."""

from collections.abc import Sequence

import polars as pl

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
    return dtype if isinstance(dtype, pl.Duration) else pl.Float64()


AVG = AggregateFunction(
    name="avg",
    parameters=(Parameter("x", Kind.SUMMABLE),),
    returns=returns,
    build=lambda x: x.expr.mean(),
    build_distinct=lambda x: x.expr.drop_nulls().unique().mean(),
    doc="The mean of the values, as DOUBLE (an interval for intervals); NULL if there are none.",
    examples=(Example("SELECT avg(x) FROM t", "1.6666666666666667"),),
    aliases=("mean",),
)
