"""
round(x, [digits]): round to so many digits after the point (0 if left out), halves away from
zero.
"""

import polars as pl

from query_engine.functions.shapes import rounding_function


def rounded(number: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """Round a whole number to a multiple of *unit*."""
    return (number.abs() + unit // 2) // unit * unit * number.sign()


ROUND = rounding_function(
    "round",
    lambda scaled: scaled.round(mode="half_away_from_zero"),
    "Round to so many digits after the point (0 if left out), halves away from zero. Whole "
    "numbers stay whole.",
    ("round(2.5)", "3.0"),
    ("round(3.14159, 2)", "3.14"),
    ("round(1250, -2)", "1300"),
    cut_whole=rounded,
)
