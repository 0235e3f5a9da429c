"""
Division and remainder as SQL has them; shared by the operators and ``mod``.

A zero divisor ends the query, as does the one quotient that has no value (of the least number
by -1); the quiet builds have NULL there.
"""

from functools import partial

import polars as pl

from query_engine.functions.failing import unless
from query_engine.functions.function import Argument, let

ZERO = "division by zero"
OVERFLOW = "integer overflow in a division"


def signs_differ(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Tell where two numbers lie on different sides of zero."""
    return (left < 0) != (right < 0)


def least(dtype: pl.DataType) -> pl.Expr:
    """Return the least value of a signed integer type."""
    bits = int("".join(filter(str.isdigit, str(dtype))))
    return pl.lit(-(2 ** (bits - 1)), dtype=dtype)


def harmless(divisor: Argument) -> bool:
    """Tell whether a divisor is a constant that every number can be divided by."""
    return divisor.constant and divisor.value not in {0, -1, None}


def divided(left: Argument, right: Argument, *, quiet: bool = False) -> pl.Expr:
    """Divide whole numbers towards zero; Polars' own division rounds down."""
    dtype = left.dtype

    def body(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        quotient = a // b
        if dtype.is_unsigned_integer():
            return quotient if harmless(right) or quiet else checked(a, b, quotient)
        quotient += ((a % b != 0) & signs_differ(a, b)).cast(dtype)
        if harmless(right):
            return quotient
        overflow = (b == -1) & (a == least(dtype))
        if quiet:
            return pl.when(overflow.not_()).then(quotient)
        return unless(overflow, OVERFLOW, checked(a, b, quotient), dtype)

    def checked(a: pl.Expr, b: pl.Expr, quotient: pl.Expr) -> pl.Expr:
        return unless((b == 0) & a.is_not_null(), ZERO, quotient, dtype)

    return let([left, right], body)


def remainder(left: Argument, right: Argument, *, quiet: bool = False) -> pl.Expr:
    """Return the remainder with the sign of the dividend; Polars' own has the divisor's."""
    dtype = left.dtype

    def body(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        rest = a % b
        if not dtype.is_unsigned_integer():
            rest = pl.when((rest != 0) & signs_differ(a, b)).then(rest - b).otherwise(rest)
        if quiet or harmless(right):
            return rest
        return unless((b == 0) & a.is_not_null(), ZERO, rest, dtype)

    return let([left, right], body)


quiet_divided = partial(divided, quiet=True)
quiet_remainder = partial(remainder, quiet=True)


def float_remainder(left: Argument, right: Argument) -> pl.Expr:
    """Return the remainder of floats, with the sign of the dividend."""

    def body(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        rest = a.abs() % b.abs()
        return pl.when(a < 0).then(-rest).otherwise(rest)

    return let([left, right], body)
