"""encode(value, format): bytes as text in a format: hex, base64 or base64pad."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(value: Argument, form: Argument) -> pl.Expr:
    """Text stands for its UTF-8 bytes; base64 ends without signs of equality."""
    data = value.expr.cast(pl.Binary)
    match form.text.lower():
        case "hex":
            return data.bin.encode("hex")
        case "base64":
            return data.bin.encode("base64").str.strip_chars_end("=")
        case "base64pad":
            return data.bin.encode("base64")
    raise BadArgument("the format is 'hex', 'base64' or 'base64pad'", index=1)


ENCODE = ScalarFunction(
    name="encode",
    group="Text",
    parameters=(
        Parameter("value", Kind.TEXT_OR_BINARY),
        Parameter("format", Kind.TEXT, constant=True),
    ),
    returns=pl.String(),
    build=build,
    doc=(
        "Bytes (of a text its UTF-8) as text in a format: hex, base64, or base64pad, which ends "
        "with = as some readers want it."
    ),
    examples=(
        Example("SELECT encode('abc', 'hex')", "616263"),
        Example("SELECT encode('ab', 'base64')", "YWI"),
        Example("SELECT encode('ab', 'base64pad')", "YWI="),
    ),
)
