"""
regexp_match(text, pattern, [flags]): the groups of the first match of the regular expression, or
the whole match if it has no groups; NULL without a match.
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

TEXTS = pl.List(pl.String())


def matched(text: pl.Expr, pattern: str, flags: str = "") -> pl.Expr:
    """Take group by group; those that took no part are left out."""
    expression = regular_expression(pattern, flags)
    groups = pl.Series([""]).str.extract_groups(expression).struct.fields
    places = range(1, len(groups) + 1) if groups else [0]
    found = pl.concat_list([text.str.extract(expression, place) for place in places])
    return pl.when(text.str.contains(expression)).then(found.list.drop_nulls())


def build(*arguments: Argument) -> pl.Expr:
    """Match."""
    return over_constants(matched, arguments, TEXTS)


REGEXP_MATCH = ScalarFunction(
    name="regexp_match",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT),
        Parameter("flags", Kind.TEXT, optional=True),
    ),
    returns=TEXTS,
    build=build,
    doc=(
        "The groups of the first match of the regular expression, without those that took no "
        "part, or the whole match if it has no groups; NULL without a match."
    ),
    examples=(
        Example("SELECT regexp_match('GET /api', '([A-Z]+) (.*)')", "[GET, /api]"),
        Example("SELECT regexp_match('took 35 ms', '[0-9]+')[1]", "35"),
    ),
)
