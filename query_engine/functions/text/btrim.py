"""btrim(text, [characters]): the text without the characters (spaces if left out) at both ends."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(text: Argument, characters: Argument | None = None) -> pl.Expr:
    """Spaces, unless characters are given."""
    return text.expr.str.strip_chars(" " if characters is None else characters.expr)


BTRIM = ScalarFunction(
    name="btrim",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("characters", Kind.TEXT, optional=True),
    ),
    returns=pl.String(),
    build=build,
    doc="The text without the characters (spaces if left out) at both ends.",
    examples=(
        Example("SELECT btrim('  x ')", "x"),
        Example("SELECT trim(both '-' FROM '--x-')", "x"),
    ),
    aliases=("trim",),
)
