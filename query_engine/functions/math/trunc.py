"""trunc(x, [digits]): cut off all but so many digits after the point (0 if left out)."""

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
    cut = scaled.truncate()
    return (cut * factor if places < 0 else cut / factor).cast(dtype)


TRUNC = ScalarFunction(
    name="trunc",
    group="Math",
    parameters=(
        Parameter("x", Kind.NUMBER),
        Parameter("digits", Kind.INTEGER, optional=True, constant=True),
    ),
    returns=returns,
    build=build,
    doc="Cut off all but so many digits after the point (0 if left out).",
    examples=(
        Example("SELECT trunc(-2.7)", "-2.0"),
        Example("SELECT trunc(3.14159, 2)", "3.14"),
    ),
)
