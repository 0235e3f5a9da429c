"""log(base, [x]): the logarithm of x to a base; with one argument, to base 10."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(base: Argument, x: Argument | None = None) -> pl.Expr:
    """Divide natural logarithms, so that the base may be a column."""
    if x is None:
        return base.expr.log10()
    return x.expr.log() / base.expr.log()


LOG = ScalarFunction(
    name="log",
    group="Math",
    parameters=(
        Parameter("base", Kind.FLOAT),
        Parameter("x", Kind.FLOAT, optional=True),
    ),
    returns=pl.Float64(),
    build=build,
    doc="The logarithm of x to a base; with one argument, to base 10.",
    examples=(
        Example("SELECT log(100)", "2.0"),
        Example("SELECT log(2, 8)", "3.0"),
    ),
)
