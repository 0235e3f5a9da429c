"""starts_with(text, part): whether the text starts with the part."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

STARTS_WITH = ScalarFunction(
    name="starts_with",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("part", Kind.TEXT),
    ),
    returns=pl.Boolean(),
    build=lambda text, part: text.expr.str.starts_with(part.expr),
    doc="Whether the text starts with the part.",
    examples=(Example("SELECT starts_with('/api/x', '/api')", "true"),),
)
