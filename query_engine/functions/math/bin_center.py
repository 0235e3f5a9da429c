"""bin_center(x, size): the middle of the bin that x lies in."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction, let


def build(x: Argument, size: Argument) -> pl.Expr:
    """Bins are centred on the multiples of their size."""
    return let([x, size], lambda v, width: ((v + width / 2.0) / width).floor() * width)


BIN_CENTER = ScalarFunction(
    name="bin_center",
    group="Math",
    parameters=(Parameter("x", Kind.FLOAT), Parameter("size", Kind.FLOAT)),
    returns=pl.Float64(),
    build=build,
    doc="The multiple of a size that x is nearest to: the middle of its bin.",
    examples=(Example("SELECT bin_center(7.4, 5)", "5.0"),),
)
