"""
regexp_count(text, pattern, [start], [flags]): how often the regular expression occurs in the text
from a position on, without overlaps.
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
from query_engine.functions.text.patterns import from_start, regular_expression


def counted(text: pl.Expr, pattern: str, start: int = 1, flags: str = "") -> pl.Expr:
    """Count matches; there are none beyond the end."""
    expression = regular_expression(pattern, flags, flags_index=3)
    matches = from_start(text, start).str.count_matches(expression).cast(pl.Int64)
    return matches if start == 1 else pl.when(text.is_not_null()).then(matches.fill_null(0))


def build(*arguments: Argument) -> pl.Expr:
    """Count."""
    return over_constants(counted, arguments, pl.Int64())


REGEXP_COUNT = ScalarFunction(
    name="regexp_count",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT),
        Parameter("start", Kind.INTEGER, optional=True),
        Parameter("flags", Kind.TEXT, optional=True),
    ),
    returns=pl.Int64(),
    build=build,
    doc=(
        "How often the regular expression occurs in the text from a position on (1 if left out), "
        "without overlaps."
    ),
    examples=(
        Example("SELECT regexp_count('a1b22', '[0-9]+')", "2"),
        Example("SELECT regexp_count('abcABC', 'B', 3, 'i')", "1"),
    ),
)
