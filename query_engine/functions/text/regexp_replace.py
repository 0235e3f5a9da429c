"""
regexp_replace(text, pattern, by, [flags]): the text with the first match (flag g: every match) of
a regular expression replaced.
"""

import re

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


def replaced(text: pl.Expr, pattern: str, by: str, flags: str = "") -> pl.Expr:
    """Groups may be written with a backslash; the engine wants a dollar and braces."""
    expression = regular_expression(pattern, flags, also="g")
    value = re.sub(r"\\([0-9]+)", r"${\1}", by)
    if "g" in flags:
        return text.str.replace_all(expression, value)
    return text.str.replace(expression, value)


def build(*arguments: Argument) -> pl.Expr:
    """Replace."""
    return over_constants(replaced, arguments, pl.String())


REGEXP_REPLACE = ScalarFunction(
    name="regexp_replace",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT),
        Parameter("by", Kind.TEXT),
        Parameter("flags", Kind.TEXT, optional=True),
    ),
    returns=pl.String(),
    build=build,
    doc=(
        "The text with the first match (flag g: every match) of a regular expression replaced. "
        "In the replacement, \\1 or ${1} is a group, ${name} a named one, $$ a dollar."
    ),
    examples=(
        Example("SELECT regexp_replace('user 42', '[0-9]+', '#')", "user #"),
        Example("SELECT regexp_replace('a1b2', '([0-9])', '<\\1>', 'g')", "a<1>b<2>"),
    ),
)
