"""
regexp_like(text, pattern, [flags]): whether the regular expression occurs in the text; flag i
ignores case.
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.text.patterns import regular_expression


def build(text: Argument, pattern: Argument, flags: Argument | None = None) -> pl.Expr:
    """The same as the operator ~."""
    return text.expr.str.contains(regular_expression(pattern, flags))


REGEXP_LIKE = ScalarFunction(
    name="regexp_like",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT, constant=True),
        Parameter("flags", Kind.TEXT, optional=True, constant=True),
    ),
    returns=pl.Boolean(),
    build=build,
    doc="Whether the regular expression occurs in the text; flag i ignores case.",
    examples=(Example("SELECT regexp_like('GET /api', '^get', 'i')", "true"),),
)
