"""lpad(text, length, [fill]): the text filled up at its start to a length; longer texts are cut."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)

PAD_MAX = 1_000_000


def build(text: Argument, length: Argument, fill: Argument | None = None) -> pl.Expr:
    """Longer texts are cut to the length."""
    size, pattern = int(length.number), " " if fill is None else fill.text
    if size > PAD_MAX:
        raise BadArgument(f"length is at most {PAD_MAX}", index=1)
    if size <= 0:
        return text.expr.str.head(0)
    padding = (pattern * size)[:size]

    def body(t: pl.Expr) -> pl.Expr:
        missing = size - t.str.len_chars().cast(pl.Int64)
        return (
            pl.when(missing <= 0)
            .then(t.str.head(size))
            .otherwise(pl.lit(padding).str.head(missing) + t)
        )

    return let([text], body)


LPAD = ScalarFunction(
    name="lpad",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("length", Kind.INTEGER, constant=True),
        Parameter("fill", Kind.TEXT, optional=True, constant=True),
    ),
    returns=pl.String(),
    build=build,
    doc="The text filled up at its start to a length; longer texts are cut.",
    examples=(Example("SELECT lpad('7', 3, '0')", "007"),),
)
