"""
regexp_instr(text, pattern, [start], [n], [flags]): where the n-th match of the regular expression
begins (the first character is 1); 0 if there is none.
"""

import polars as pl

from query_engine.functions.constants import over_constants
from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.text.patterns import from_start, regular_expression

MARK = "\ufdd0"
"""A code point that Unicode keeps out of texts; it takes the place of matches to find them."""


def found(text: pl.Expr, pattern: str, start: int = 1, n: int = 1, flags: str = "") -> pl.Expr:
    """Add up what stands between and in the matches before; the engine itself finds only bytes."""
    if n < 1:
        raise BadArgument("n is 1 or more", index=3)
    expression = regular_expression(pattern, flags, flags_index=4)
    rest = from_start(text, start)
    between = rest.str.replace_all(expression, MARK).str.split(MARK).list.head(n)
    matches = rest.str.extract_all(expression)
    before = matches.list.head(n - 1).list.join("") + between.list.join("")
    place = before.str.len_chars().cast(pl.Int64) + start
    answer = pl.when(matches.list.len() >= n).then(place).otherwise(pl.lit(0, dtype=pl.Int64))
    return pl.when(text.is_not_null()).then(answer)


def build(*arguments: Argument) -> pl.Expr:
    """Find."""
    return over_constants(found, arguments, pl.Int64())


REGEXP_INSTR = ScalarFunction(
    name="regexp_instr",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("pattern", Kind.TEXT),
        Parameter("start", Kind.INTEGER, optional=True),
        Parameter("n", Kind.INTEGER, optional=True),
        Parameter("flags", Kind.TEXT, optional=True),
    ),
    returns=pl.Int64(),
    build=build,
    doc=(
        "Where the n-th match (the first if left out) of the regular expression begins (the first "
        "character is 1), looking from a position on; 0 if there is none."
    ),
    examples=(
        Example("SELECT regexp_instr('a1b22', '[0-9]+')", "2"),
        Example("SELECT regexp_instr('a1b22', '[0-9]+', 1, 2)", "4"),
    ),
)
