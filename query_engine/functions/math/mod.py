"""mod(x, divisor): the remainder of a division, with the sign of x; as the operator %."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.math.division import float_remainder, remainder


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Whole numbers have a whole remainder."""
    whole = all(argument.dtype.is_integer() for argument in arguments)
    return pl.Int64() if whole else pl.Float64()


def build(x: Argument, divisor: Argument, *, quiet: bool = False) -> pl.Expr:
    """Bring both to the result's type first."""
    dtype = returns([x, divisor])
    sides = [
        Argument(dtype=dtype, build=partial(side.expr.cast, dtype), simple=side.simple)
        for side in (x, divisor)
    ]
    return remainder(*sides, quiet=quiet) if dtype.is_integer() else float_remainder(*sides)


MOD = ScalarFunction(
    name="mod",
    group="Math",
    parameters=(
        Parameter("x", Kind.NUMBER),
        Parameter("divisor", Kind.NUMBER),
    ),
    returns=returns,
    build=build,
    quiet=partial(build, quiet=True),
    doc="The remainder of a division, with the sign of x; as the operator %.",
    examples=(
        Example("SELECT mod(-7, 2)", "-1"),
        Example("SELECT mod(7.5, 2)", "1.5"),
    ),
)
