"""
approx_percentile_cont(x, share, [centroids]): the value below which a share (0 to 1) of the
values lies, interpolated.
"""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
)


def build(x: Argument, share: Argument, _centroids: Argument | None = None) -> pl.Expr:
    """Interpolate between the two nearest values."""
    if not 0 <= share.number <= 1:
        raise BadArgument("share is between 0 and 1", index=1)
    return x.expr.quantile(share.number, interpolation="linear")


APPROX_PERCENTILE_CONT = AggregateFunction(
    name="approx_percentile_cont",
    parameters=(
        Parameter("x", Kind.FLOAT),
        Parameter("share", Kind.FLOAT, constant=True),
        Parameter("centroids", Kind.INTEGER, constant=True, optional=True),
    ),
    returns=pl.Float64(),
    build=build,
    doc=(
        "The value below which a share (0 to 1) of the values lies, interpolated. It is "
        "computed exactly; centroids is accepted for DataFusion's sake."
    ),
    examples=(
        Example("SELECT approx_percentile_cont(x, 0.5) FROM t", "2.0"),
        Example("SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY x) FROM t", "1.5"),
    ),
    aliases=(
        "percentile_cont",
        "quantile_cont",
    ),
    within_group=True,
)
