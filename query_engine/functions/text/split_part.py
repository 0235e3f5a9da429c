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
from query_engine.functions.rowwise import refused, rowwise


def part_of(text: str, delimiter: str, n: int) -> str:
    """Return the n-th part; an empty delimiter leaves one part."""
    if n == 0:
        raise refused("split_part: n counts from 1, or from -1 at the end")
    parts = text.split(delimiter) if delimiter else [text]
    place = n - 1 if n > 0 else len(parts) + n
    return parts[place] if 0 <= place < len(parts) else ""


def build(text: Argument, delimiter: Argument, n: Argument) -> pl.Expr:
    """Cut and take."""
    if n.value == 0:
        raise BadArgument("n counts from 1, or from -1 at the end", index=2)
    if n.value is None or not delimiter.value:
        return rowwise(part_of, [text, delimiter, n], pl.String())
    place = int(n.number)
    parts = text.expr.str.split(delimiter.text)
    part = parts.list.get(place - 1 if place > 0 else place, null_on_oob=True)
    return pl.when(parts.is_not_null()).then(part.fill_null(""))


SPLIT_PART = ScalarFunction(
    name="split_part",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("delimiter", Kind.TEXT),
        Parameter("n", Kind.INTEGER),
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
