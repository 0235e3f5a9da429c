"""ends_with(text, part): whether the text ends with the part."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

ENDS_WITH = ScalarFunction(
    name="ends_with",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("part", Kind.TEXT),
    ),
    returns=pl.Boolean(),
    build=lambda text, part: text.expr.str.ends_with(part.expr),
    doc="Whether the text ends with the part.",
    examples=(Example("SELECT ends_with('a.log', '.log')", "true"),),
)
