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
    letters = text.expr.cast(pl.String)
    match form.text.lower():
        case "hex":
            return letters.str.decode("hex")
        case "base64" | "base64pad":
            bare = letters.str.strip_chars_end("=")
            missing = -bare.str.len_bytes().cast(pl.Int64) % 4
            return (bare + pl.lit("===").str.head(missing)).str.decode("base64")
    raise BadArgument("the format is 'hex', 'base64' or 'base64pad'", index=1)


DECODE = ScalarFunction(
    name="decode",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT_OR_BINARY),
        Parameter("format", Kind.TEXT, constant=True),
    ),
    returns=pl.Binary(),
    build=build,
    doc="The bytes that a text stands for in a format: hex, base64 or base64pad (as base64).",
    examples=(Example("SELECT encode(decode('YWJj', 'base64'), 'hex')", "616263"),),
)
