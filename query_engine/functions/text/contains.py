"""contains(text, part): whether the part occurs in the text."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

CONTAINS = ScalarFunction(
    name="contains",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("part", Kind.TEXT),
    ),
    returns=pl.Boolean(),
    build=lambda text, part: text.expr.str.contains(part.expr, literal=True),
    doc="Whether the part occurs in the text.",
    examples=(Example("SELECT contains('timeout after 3 s', 'timeout')", "true"),),
)
