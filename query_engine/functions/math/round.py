"""
round(x, [digits]): round to so many digits after the point (0 if left out), halves away from
zero.
"""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

DIGITS_MAX = 15


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Whole numbers stay whole."""
    return pl.Int64() if arguments[0].dtype.is_integer() else pl.Float64()


def build(x: Argument, digits: Argument | None = None) -> pl.Expr:
    """Scale, cut and scale back; Polars itself takes no negative digits."""
    places = 0 if digits is None else int(digits.number)
    if abs(places) > DIGITS_MAX:
        raise BadArgument(f"digits go from -{DIGITS_MAX} to {DIGITS_MAX}", index=1)
    dtype = returns([x])
    if dtype.is_integer() and places >= 0:
        return x.expr.cast(dtype)
    number = x.expr.cast(pl.Float64)
    factor = 10.0 ** abs(places)
    scaled = number / factor if places < 0 else number * factor
    cut = scaled.round(mode="half_away_from_zero")
    return (cut * factor if places < 0 else cut / factor).cast(dtype)


ROUND = ScalarFunction(
    name="round",
    group="Math",
    parameters=(
        Parameter("x", Kind.NUMBER),
        Parameter("digits", Kind.INTEGER, optional=True, constant=True),
    ),
    returns=returns,
    build=build,
    doc="Round to so many digits after the point (0 if left out), halves away from zero.",
    examples=(
        Example("SELECT round(2.5)", "3.0"),
        Example("SELECT round(3.14159, 2)", "3.14"),
        Example("SELECT round(1250, -2)", "1300"),
    ),
)
