"""unlerp(a, b, x): where x lies on the way from a to b."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction, let


def build(a: Argument, b: Argument, x: Argument) -> pl.Expr:
    """The share of the way; not clamped."""
    return let([a, b, x], lambda low, high, at: (at - low) / (high - low))


UNLERP = ScalarFunction(
    name="unlerp",
    group="Math",
    parameters=(Parameter("a", Kind.FLOAT), Parameter("b", Kind.FLOAT), Parameter("x", Kind.FLOAT)),
    returns=pl.Float64(),
    build=build,
    doc="Where x lies on the way from a (0.0) to b (1.0); NaN or infinite when a and b are equal.",
    examples=(Example("SELECT unlerp(10, 20, 12.5)", "0.25"),),
)
