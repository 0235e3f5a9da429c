"""Division and remainder as SQL has them; shared by the operators and ``mod``."""

import polars as pl

from query_engine.functions.function import Argument, let


def signs_differ(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Tell where two numbers lie on different sides of zero."""
    return (left < 0) != (right < 0)


def divided(left: Argument, right: Argument) -> pl.Expr:
    """Divide whole numbers towards zero; Polars' own division rounds down."""
    if left.dtype.is_unsigned_integer():
        return left.expr // right.expr

    def body(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        return a // b + ((a % b != 0) & signs_differ(a, b)).cast(left.dtype)

    return let([left, right], body)


def remainder(left: Argument, right: Argument) -> pl.Expr:
    """Return the remainder with the sign of the dividend; Polars' own has the divisor's."""
    if left.dtype.is_unsigned_integer():
        return left.expr % right.expr

    def body(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        rest = a % b
        return pl.when((rest != 0) & signs_differ(a, b)).then(rest - b).otherwise(rest)

    return let([left, right], body)


def float_remainder(left: Argument, right: Argument) -> pl.Expr:
    """Return the remainder of floats, with the sign of the dividend."""

    def body(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        rest = a.abs() % b.abs()
        return pl.when(a < 0).then(-rest).otherwise(rest)

    return let([left, right], body)
