"""nanvl(x, otherwise): the number, or the other if it is NaN."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)


def build(x: Argument, otherwise: Argument) -> pl.Expr:
    """Replace NaN only; NULL stays NULL."""
    return let([x, otherwise], lambda a, b: pl.when(a.is_nan()).then(b).otherwise(a))


NANVL = ScalarFunction(
    name="nanvl",
    group="Choice",
    parameters=(
        Parameter("x", Kind.FLOAT),
        Parameter("otherwise", Kind.FLOAT),
    ),
    returns=pl.Float64(),
    build=build,
    doc="The number, or the other if it is NaN.",
    examples=(Example("SELECT nanvl(sqrt(-1), 0)", "0.0"),),
    strict=False,
)
