"""
substr(text, start, [length]): the part of the text from a position (the first character is 1).
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)


def build(text: Argument, start: Argument, length: Argument | None = None) -> pl.Expr:
    """Positions before the text count too: they shorten what is taken."""
    if length is None:
        return let([text, start], lambda t, s: t.str.slice(floor_at(s - 1, 0)))
    if isinstance(length.value, int) and length.value < 0:
        raise BadArgument("length is 0 or more", index=2)

    def body(t: pl.Expr, s: pl.Expr, n: pl.Expr) -> pl.Expr:
        first = floor_at(s, 1)
        return t.str.slice(first - 1, floor_at(s + n - first, 0))

    return let([text, start, length], body)


def floor_at(number: pl.Expr, least: int) -> pl.Expr:
    """Raise what is below *least*; NULL stays NULL."""
    return pl.when(number < least).then(pl.lit(least, dtype=pl.Int64)).otherwise(number)


SUBSTR = ScalarFunction(
    name="substr",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("start", Kind.INTEGER),
        Parameter("length", Kind.INTEGER, optional=True),
    ),
    returns=pl.String(),
    build=build,
    doc="The part of the text from a position (the first character is 1).",
    examples=(
        Example("SELECT substr('abcdef', 2, 3)", "bcd"),
        Example("SELECT substring('abcdef' FROM 4)", "def"),
    ),
    aliases=("substring",),
)
