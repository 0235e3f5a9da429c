"""decode(text, format): the bytes that a text stands for in a format: hex or base64."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(text: Argument, form: Argument) -> pl.Expr:
    """What is not in the format is an error when the query runs."""
    if form.text not in {"hex", "base64"}:
        raise BadArgument("the format is 'hex' or 'base64'", index=1)
    return text.expr.str.decode("hex") if form.text == "hex" else text.expr.str.decode("base64")


DECODE = ScalarFunction(
    name="decode",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("format", Kind.TEXT, constant=True),
    ),
    returns=pl.Binary(),
    build=build,
    doc="The bytes that a text stands for in a format: hex or base64.",
    examples=(Example("SELECT encode(decode('YWJj', 'base64'), 'hex')", "616263"),),
)
