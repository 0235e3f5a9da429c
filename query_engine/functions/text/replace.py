"""replace(text, part, by): the text with every occurrence of a part replaced."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.rowwise import rowwise


def replaced(text: str, part: str, by: str) -> str:
    """An empty part is found nowhere."""
    return text.replace(part, by) if part else text


def build(text: Argument, part: Argument, by: Argument) -> pl.Expr:
    """Polars takes only a constant part."""
    if part.value is None:
        return rowwise(replaced, [text, part, by], pl.String())
    answer = text.expr.str.replace_all(part.expr, by.expr, literal=True) if part.text else text.expr
    return answer if by.constant else pl.when(by.expr.is_not_null()).then(answer)


REPLACE = ScalarFunction(
    name="replace",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("part", Kind.TEXT),
        Parameter("by", Kind.TEXT),
    ),
    returns=pl.String(),
    build=build,
    doc="The text with every occurrence of a part replaced.",
    examples=(Example("SELECT replace('a-b-c', '-', '+')", "a+b+c"),),
)
