"""repeat(text, n): the text n times."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

REPEAT_MAX = 1_000_000


def build(text: Argument, n: Argument) -> pl.Expr:
    """Refuse counts that only a mistake asks for."""
    count = int(n.number)
    if count > REPEAT_MAX:
        raise BadArgument(f"n is at most {REPEAT_MAX}", index=1)
    if count <= 0:
        return text.expr.str.head(0)
    return text.expr.repeat_by(count).list.join("")


REPEAT = ScalarFunction(
    name="repeat",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("n", Kind.INTEGER, constant=True),
    ),
    returns=pl.String(),
    build=build,
    doc="The text n times.",
    examples=(Example("SELECT repeat('ab', 3)", "ababab"),),
)
