"""encode(value, format): bytes as text in a format: hex or base64."""

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
    """Text stands for its UTF-8 bytes."""
    if form.text not in {"hex", "base64"}:
        raise BadArgument("the format is 'hex' or 'base64'", index=1)
    data = value.expr.cast(pl.Binary)
    return data.bin.encode("hex") if form.text == "hex" else data.bin.encode("base64")


ENCODE = ScalarFunction(
    name="encode",
    group="Text",
    parameters=(
        Parameter("value", Kind.TEXT_OR_BINARY),
        Parameter("format", Kind.TEXT, constant=True),
    ),
    returns=pl.String(),
    build=build,
    doc="Bytes as text in a format: hex or base64.",
    examples=(Example("SELECT encode('abc', 'hex')", "616263"),),
)
