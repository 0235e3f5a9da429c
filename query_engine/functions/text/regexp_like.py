"""
regexp_like(text, pattern, [flags]): whether the regular expression occurs in the text; flag i
ignores case.
"""

import polars as pl

from query_engine.functions.constants import over_constants
from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.text.patterns import regular_expression


def occurs(text: pl.Expr, pattern: str, flags: str = "") -> pl.Expr:
    """The same as the operator ~."""
    return text.str.contains(regular_expression(pattern, flags))


def build(*arguments: Argument) -> pl.Expr:
    """Look for it."""
    return over_constants(occurs, arguments, pl.Boolean())


REGEXP_LIKE = ScalarFunction(
    name="regexp_like",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT),
        Parameter("flags", Kind.TEXT, optional=True),
    ),
    returns=pl.Boolean(),
    build=build,
    doc="Whether the regular expression occurs in the text; flag i ignores case.",
    examples=(Example("SELECT regexp_like('GET /api', '^get', 'i')", "true"),),
)
