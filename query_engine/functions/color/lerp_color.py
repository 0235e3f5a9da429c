"""lerp_color(from, to, t): the colour on the way from one to another."""

import polars as pl

from query_engine.functions.color.channels import channels, packed, rounded
from query_engine.functions.function import (
    COLOR,
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)


def build(first: Argument, last: Argument, t: Argument) -> pl.Expr:
    """Mix channel by channel."""

    def body(a: pl.Expr, b: pl.Expr, share: pl.Expr) -> pl.Expr:
        way = share.clip(0.0, 1.0)
        pairs = zip(channels(a), channels(b), strict=True)
        return packed([rounded(x + (y - x) * way) for x, y in pairs])

    return let([first, last, t], body)


LERP_COLOR = ScalarFunction(
    name="lerp_color",
    group="Colours",
    parameters=(
        Parameter("from", Kind.COLOR),
        Parameter("to", Kind.COLOR),
        Parameter("t", Kind.FLOAT),
    ),
    returns=COLOR,
    build=build,
    doc=(
        "The colour at t on the way from one colour (0.0) to another (1.0), each channel rounded "
        "half up; t outside counts as the nearest end. Colours are INT UNSIGNED: an integer "
        "literal has to be cast."
    ),
    examples=(Example("SELECT lerp_color(rgba(1, 0, 0, 1), rgba(0, 0, 1, 1), 0.5)", "2147516671"),),
)
