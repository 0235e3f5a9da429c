"""nvl2(value, known, unknown): one of two values, as a value is not NULL or is."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)


def build(value: Argument, known: Argument, unknown: Argument) -> pl.Expr:
    """Choose."""
    return pl.when(value.expr.is_not_null()).then(known.expr).otherwise(unknown.expr)


NVL2 = ScalarFunction(
    name="nvl2",
    group="Choice",
    parameters=(
        Parameter("value", Kind.ANY),
        Parameter("known", Kind.SAME),
        Parameter("unknown", Kind.SAME),
    ),
    returns=same_as(1),
    build=build,
    doc="The second value if the first is not NULL, else the third.",
    examples=(Example("SELECT nvl2(NULL, 'yes', 'no')", "no"),),
    strict=False,
)
