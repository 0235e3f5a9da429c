"""left(text, n): the first n characters; all but the last -n if n is negative."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

LEFT = ScalarFunction(
    name="left",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("n", Kind.INTEGER),
    ),
    returns=pl.String(),
    build=lambda text, n: text.expr.str.head(n.expr),
    doc="The first n characters; all but the last -n if n is negative.",
    examples=(
        Example("SELECT left('abcdef', 2)", "ab"),
        Example("SELECT left('abcdef', -2)", "abcd"),
    ),
)
