"""lerp(a, b, t): the number at t on the way from a to b."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction, let


def build(a: Argument, b: Argument, t: Argument) -> pl.Expr:
    """Go the share of the way; not clamped."""
    return let([a, b, t], lambda x, y, share: x + (y - x) * share)


LERP = ScalarFunction(
    name="lerp",
    group="Math",
    parameters=(Parameter("a", Kind.FLOAT), Parameter("b", Kind.FLOAT), Parameter("t", Kind.FLOAT)),
    returns=pl.Float64(),
    build=build,
    doc="The number at t on the way from a (0.0) to b (1.0); t may lie outside.",
    examples=(Example("SELECT lerp(10, 20, 0.25)", "12.5"),),
)
