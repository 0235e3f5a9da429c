"""right(text, n): the last n characters; all but the first -n if n is negative."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

RIGHT = ScalarFunction(
    name="right",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("n", Kind.INTEGER),
    ),
    returns=pl.String(),
    build=lambda text, n: text.expr.str.tail(n.expr),
    doc="The last n characters; all but the first -n if n is negative.",
    examples=(Example("SELECT right('abcdef', 2)", "ef"),),
)
