"""
regexp_count(text, pattern, [flags]): how often the regular expression occurs in the text, without
overlaps.
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
    """Count matches."""
    return text.expr.str.count_matches(regular_expression(pattern, flags)).cast(pl.Int64)


REGEXP_COUNT = ScalarFunction(
    name="regexp_count",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT, constant=True),
        Parameter("flags", Kind.TEXT, optional=True, constant=True),
    ),
    returns=pl.Int64(),
    build=build,
    doc="How often the regular expression occurs in the text, without overlaps.",
    examples=(Example("SELECT regexp_count('a1b22', '[0-9]+')", "2"),),
)
