"""replace(text, part, by): the text with every occurrence of a part replaced."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(text: Argument, part: Argument, by: Argument) -> pl.Expr:
    """An empty part is found nowhere."""
    if not part.text:
        return pl.when(by.expr.is_not_null()).then(text.expr)
    return text.expr.str.replace_all(part.expr, by.expr, literal=True)


REPLACE = ScalarFunction(
    name="replace",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("part", Kind.TEXT, constant=True),
        Parameter("by", Kind.TEXT),
    ),
    returns=pl.String(),
    build=build,
    doc="The text with every occurrence of a part replaced.",
    examples=(Example("SELECT replace('a-b-c', '-', '+')", "a+b+c"),),
)
