"""
approx_percentile_cont_with_weight(x, weight, share, [centroids]): the least value below which, with
itself, a share of all weight lies.
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


def build(
    x: Argument, weight: Argument, share: Argument, _centroids: Argument | None = None
) -> pl.Expr:
    """Add up weights in the order of the values; without a weight, a value does not count."""
    if not 0 <= share.number <= 1:
        raise BadArgument("share is between 0 and 1", index=2)
    counts = x.expr.is_not_null() & (weight.expr > 0)
    value, heavy = x.expr.filter(counts), weight.expr.filter(counts)
    reached = heavy.sort_by(value).cum_sum() >= heavy.sum() * share.number
    return value.sort_by(value).filter(reached).first()


APPROX_PERCENTILE_CONT_WITH_WEIGHT = AggregateFunction(
    name="approx_percentile_cont_with_weight",
    parameters=(
        Parameter("x", Kind.FLOAT),
        Parameter("weight", Kind.FLOAT),
        Parameter("share", Kind.FLOAT, constant=True),
        Parameter("centroids", Kind.INTEGER, constant=True, optional=True),
    ),
    returns=pl.Float64(),
    build=build,
    doc=(
        "The least value below which, with itself, a share (0 to 1) of all weight lies. It is "
        "computed exactly; centroids is accepted for DataFusion's sake. Also written f(weight, "
        "share) WITHIN GROUP (ORDER BY x)."
    ),
    examples=(
        Example("SELECT approx_percentile_cont_with_weight(x, 1, 0.5) FROM t", "2.0"),
        Example("SELECT approx_percentile_cont_with_weight(x, 10 - 5 * x, 0.9) FROM t", "1.0"),
    ),
    within_group=True,
)
