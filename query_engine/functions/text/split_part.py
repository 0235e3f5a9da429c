"""
split_part(text, delimiter, n): the n-th part of the text between delimiters, from the end if n is
negative; empty if there is none.
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(text: Argument, delimiter: Argument, n: Argument) -> pl.Expr:
    """Cut and take; an empty delimiter leaves one part."""
    place = int(n.number)
    if place == 0:
        raise BadArgument("n counts from 1, or from -1 at the end", index=2)
    if not delimiter.text:
        return text.expr if place in {1, -1} else text.expr.str.head(0)
    parts = text.expr.str.split(delimiter.text)
    part = parts.list.get(place - 1 if place > 0 else place, null_on_oob=True)
    return pl.when(parts.is_not_null()).then(part.fill_null(""))


SPLIT_PART = ScalarFunction(
    name="split_part",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("delimiter", Kind.TEXT, constant=True),
        Parameter("n", Kind.INTEGER, constant=True),
    ),
    returns=pl.String(),
    build=build,
    doc=(
        "The n-th part of the text between delimiters, from the end if n is negative; empty "
        "if there is none."
    ),
    examples=(
        Example("SELECT split_part('a/b/c', '/', 2)", "b"),
        Example("SELECT split_part('a/b/c', '/', -1)", "c"),
    ),
)
