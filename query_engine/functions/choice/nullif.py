"""nullif(value, other): nULL if both are equal, else the value."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
    same_as,
)


def build(value: Argument, other: Argument) -> pl.Expr:
    """Keep the value where it is not equal; nothing is equal to NULL."""
    if other.constant and other.value is None:
        return value.expr
    return let([value, other], lambda a, b: pl.when((a == b).fill_null(value=False).not_()).then(a))


NULLIF = ScalarFunction(
    name="nullif",
    group="Choice",
    parameters=(
        Parameter("value", Kind.SAME),
        Parameter("other", Kind.SAME),
    ),
    returns=same_as(0),
    build=build,
    doc="NULL if both are equal, else the value.",
    examples=(Example("SELECT nullif(0, 0)", "NULL"),),
    strict=False,
)
