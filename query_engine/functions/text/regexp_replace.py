"""
regexp_replace(text, pattern, by, [flags]): the text with the first match (flag g: every match) of
a regular expression replaced.
"""

import re

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.text.patterns import regular_expression


def build(
    text: Argument, pattern: Argument, by: Argument, flags: Argument | None = None
) -> pl.Expr:
    """Groups are written with a backslash; dollars are plain."""
    expression = regular_expression(pattern, flags, also="g")
    value = re.sub(r"\\([0-9&])", group, by.text.replace("$", "$$"))
    every = flags is not None and "g" in flags.text
    if every:
        return text.expr.str.replace_all(expression, value)
    return text.expr.str.replace(expression, value)


def group(match: re.Match[str]) -> str:
    """Write a group as the engine wants it."""
    return "${0}" if match[1] == "&" else f"${{{match[1]}}}"


REGEXP_REPLACE = ScalarFunction(
    name="regexp_replace",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT, constant=True),
        Parameter("by", Kind.TEXT, constant=True),
        Parameter("flags", Kind.TEXT, optional=True, constant=True),
    ),
    returns=pl.String(),
    build=build,
    doc=(
        "The text with the first match (flag g: every match) of a regular expression "
        "replaced. A group is written as \\1."
    ),
    examples=(
        Example("SELECT regexp_replace('user 42', '[0-9]+', '#')", "user #"),
        Example("SELECT regexp_replace('a1b2', '([0-9])', '<\\1>', 'g')", "a<1>b<2>"),
    ),
)
