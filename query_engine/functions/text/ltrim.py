"""ltrim(text, [characters]): the text without the characters (spaces if left out) at its start."""

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
    return text.expr.str.strip_chars_start(" " if characters is None else characters.expr)


LTRIM = ScalarFunction(
    name="ltrim",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("characters", Kind.TEXT, optional=True),
    ),
    returns=pl.String(),
    build=build,
    doc="The text without the characters (spaces if left out) at its start.",
    examples=(Example("SELECT ltrim('00042', '0')", "42"),),
)
