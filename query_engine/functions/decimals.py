"""
DECIMAL: exact fractions, computed on their unscaled whole numbers of 128 bits.

Rule: precision and scale of every result are DataFusion's, and a value that does not fit them ends
the query; it never wraps. Polars' own decimal arithmetic keeps the wider scale only, so products
and quotients would be rounded.
"""

from collections.abc import Callable
from functools import partial

import polars as pl

from query_engine.functions.function import Argument, let
from query_engine.functions.math.division import divided, remainder

PRECISION_MAX = 38
"""Digits that a DECIMAL has at most: what 128 bits hold. More are refused."""

QUOTIENT_DIGITS = 4
"""How many more digits after the point than the dividend a quotient and a mean have."""

FLOAT_AS: dict[type[pl.DataType], tuple[int, int]] = {pl.Float32: (14, 7), pl.Float64: (30, 15)}
"""The precision and scale of a float that is brought together with a DECIMAL."""

TEXT_DIGITS = 12
"""So many digits more than kept are read from a text before it is rounded, halves away from 0."""

WHOLE_DIGITS: dict[type[pl.DataType], int] = {
    pl.Int8: 3,
    pl.UInt8: 3,
    pl.Int16: 5,
    pl.UInt16: 5,
    pl.Int32: 10,
    pl.UInt32: 10,
    pl.Int64: 20,
    pl.UInt64: 20,
}
WIDE = pl.Int128()
ROOM = 10
"""How many more digits than the values a sum has."""


def digits(dtype: pl.DataType) -> tuple[int, int]:
    """Return precision and scale of a DECIMAL, or those that hold every value of an integer."""
    if isinstance(dtype, pl.Decimal):
        return dtype.precision or PRECISION_MAX, dtype.scale
    return WHOLE_DIGITS.get(type(dtype), PRECISION_MAX), 0


def common_decimal(left: pl.DataType, right: pl.DataType) -> pl.Decimal:
    """Return the DECIMAL that holds the values of two decimals or integers."""
    (p1, s1), (p2, s2) = digits(left), digits(right)
    scale = max(s1, s2)
    return pl.Decimal(min(PRECISION_MAX, max(p1 - s1, p2 - s2) + scale), scale)


def result_type(name: str, left: pl.DataType, right: pl.DataType) -> pl.Decimal | None:
    """Return the type of ``left name right``; None when it has more digits than there are."""
    (p1, s1), (p2, s2) = digits(left), digits(right)
    scale = max(s1, s2)
    match name:
        case "*":
            precision, scale = p1 + p2 + 1, s1 + s2
        case "/":
            scale = min(PRECISION_MAX, s1 + QUOTIENT_DIGITS)
            precision = p1 - s1 + s2 + scale
        case "%":
            precision = min(p1 - s1, p2 - s2) + scale
        case _:
            precision = max(p1 - s1, p2 - s2) + scale + 1
    return None if scale > PRECISION_MAX else pl.Decimal(min(PRECISION_MAX, precision), scale)


def sum_type(dtype: pl.Decimal) -> pl.Decimal:
    """Return the type of a sum."""
    precision, scale = digits(dtype)
    return pl.Decimal(min(PRECISION_MAX, precision + ROOM), scale)


def mean_type(dtype: pl.Decimal) -> pl.Decimal:
    """Return the type of a mean."""
    precision, scale = (min(PRECISION_MAX, part + QUOTIENT_DIGITS) for part in digits(dtype))
    return pl.Decimal(precision, scale)


def unscaled(value: pl.Expr, dtype: pl.DataType, shift: int = 0, *, quiet: bool = False) -> pl.Expr:
    """Return decimals or integers as whole numbers, times ten to the *shift*."""
    precision, scale = digits(dtype)
    if shift and precision + shift > PRECISION_MAX:
        if scale + shift > PRECISION_MAX:  # more places than a type has: those of its whole number
            plain = scaled(unscaled(value, dtype), pl.Decimal(PRECISION_MAX, 0))
            first = min(shift, PRECISION_MAX)
            whole = plain.cast(pl.Decimal(PRECISION_MAX, first), strict=not quiet).to_physical()
            return unscaled(whole, WIDE, shift - first, quiet=quiet)
        wide = pl.Decimal(PRECISION_MAX, scale + shift)
        return value.cast(wide, strict=not quiet).to_physical()
    whole = value.to_physical() if isinstance(dtype, pl.Decimal) else value.cast(WIDE)
    return whole * ten_to(shift) if shift else whole


def negated(whole: pl.Expr) -> pl.Expr:
    """Return ``-whole``; Polars has no such operator for 128 bits."""
    return pl.lit(0, dtype=WIDE) - whole


def ten_to(power: int) -> pl.Expr:
    """Return a power of ten."""
    return pl.lit(10**power, dtype=WIDE)


def scaled(whole: pl.Expr, dtype: pl.Decimal) -> pl.Expr:
    """Return whole numbers as decimals; one that has too many digits ends the query."""
    return whole.reinterpret(dtype=dtype)


def computed(
    name: str, dtype: pl.Decimal, *, quiet: bool = False
) -> Callable[[Argument, Argument], pl.Expr]:
    """Return how to build ``left name right`` with a result of *dtype*; *quiet* never fails."""
    builds = {"+": total, "-": difference, "*": product, "/": quotient, "%": rest}
    return partial(builds[name], dtype=dtype, quiet=quiet)


def total(left: Argument, right: Argument, dtype: pl.Decimal, *, quiet: bool) -> pl.Expr:
    """Add."""
    a, b = at_scale(left, right, dtype, quiet=quiet)
    return fitted(a + b, dtype, strict=not quiet)


def difference(left: Argument, right: Argument, dtype: pl.Decimal, *, quiet: bool) -> pl.Expr:
    """Subtract."""
    a, b = at_scale(left, right, dtype, quiet=quiet)
    return fitted(a - b, dtype, strict=not quiet)


def at_scale(left: Argument, right: Argument, dtype: pl.Decimal, *, quiet: bool) -> list[pl.Expr]:
    """Return both unscaled at one scale."""
    return [
        unscaled(side.expr, side.dtype, dtype.scale - digits(side.dtype)[1], quiet=quiet)
        for side in (left, right)
    ]


def product(left: Argument, right: Argument, dtype: pl.Decimal, *, quiet: bool) -> pl.Expr:
    """Multiply; Polars' slower product notices when 128 bits could overflow."""
    (p1, _), (p2, _) = digits(left.dtype), digits(right.dtype)
    if p1 + p2 <= PRECISION_MAX:
        whole = unscaled(left.expr, left.dtype) * unscaled(right.expr, right.dtype)
        return fitted(whole, dtype, strict=not quiet)
    if quiet:
        size = left.expr.cast(pl.Float64) * right.expr.cast(pl.Float64)
        fits = size.abs() < 10.0 ** (PRECISION_MAX - 1 - dtype.scale)
        return product(
            Argument(left.dtype, lambda: pl.when(fits).then(left.expr)), right, dtype, quiet=False
        )
    wide = pl.Decimal(PRECISION_MAX, dtype.scale)
    other = right.expr if isinstance(right.dtype, pl.Decimal) else right.expr.cast(wide)
    return (left.expr.cast(wide) * other).cast(dtype)


def quotient(left: Argument, right: Argument, dtype: pl.Decimal, *, quiet: bool) -> pl.Expr:
    """Divide; digits beyond the result's scale are cut."""
    (_, s1), (_, s2) = digits(left.dtype), digits(right.dtype)
    shift = dtype.scale - s1 + s2
    sides = whole_argument(left, shift, quiet=quiet), whole_argument(right, quiet=quiet)
    return fitted(divided(*sides, quiet=quiet), dtype, strict=not quiet)


def rest(left: Argument, right: Argument, dtype: pl.Decimal, *, quiet: bool) -> pl.Expr:
    """Return the remainder, with the sign of the dividend."""
    sides = [
        whole_argument(side, dtype.scale - digits(side.dtype)[1], quiet=quiet)
        for side in (left, right)
    ]
    return fitted(remainder(*sides, quiet=quiet), dtype, strict=not quiet)


def whole_argument(value: Argument, shift: int = 0, *, quiet: bool = False) -> Argument:
    """Return an argument as its unscaled whole number."""
    return Argument(
        dtype=WIDE,
        build=lambda: unscaled(value.expr, value.dtype, shift, quiet=quiet),
        simple=value.simple,
        constant=value.constant,
        value=value.value,
    )


def rounded(value: Argument, places: int, *, cut: bool = False) -> pl.Expr:
    """Return unscaled numbers with *places* digits after the point: rounded half up, or cut."""
    scale = digits(value.dtype)[1]
    factor = 10 ** (scale - places)

    def body(whole: pl.Expr) -> pl.Expr:
        part = whole.abs() + pl.lit(0 if cut else factor // 2, dtype=WIDE)
        size = part // pl.lit(factor, dtype=WIDE)
        return pl.when(whole < 0).then(negated(size)).otherwise(size)

    if places >= scale:
        return unscaled(value.expr, value.dtype)
    return let([whole_argument(value)], body)


def round_decimal(value: Argument, places: int, dtype: pl.Decimal, *, cut: bool) -> pl.Expr:
    """Return decimals rounded or cut after *places* digits, which may be negative, as *dtype*."""
    kept = min(places, digits(value.dtype)[1])
    whole = rounded(value, kept, cut=cut)
    return scaled(whole * ten_to(dtype.scale - kept) if dtype.scale > kept else whole, dtype)


def whole_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type of a number made whole: DECIMAL stays, the others become DOUBLE."""
    return dtype if isinstance(dtype, pl.Decimal) else pl.Float64()


def mean(values: pl.Expr, dtype: pl.Decimal) -> pl.Expr:
    """Return the mean of the values of a group, cut at its last digit; NULL if there are none."""
    return mean_of_sum(values.sum(), values.count(), mean_type(dtype))


def mean_of_sum(values: pl.Expr, number: pl.Expr, target: pl.Decimal) -> pl.Expr:
    """Return a sum divided by the *number* of its values; NULL if that is 0."""
    total = values.cast(pl.Decimal(PRECISION_MAX, target.scale)).to_physical()
    count = number.cast(WIDE)
    size = total.abs() // count
    return scaled(
        pl.when(count > 0).then(pl.when(total < 0).then(negated(size)).otherwise(size)), target
    )


def from_decimal(value: Argument, target: pl.DataType, *, strict: bool) -> pl.Expr | None:
    """Convert a DECIMAL to another number; whole numbers lose the fraction."""
    if isinstance(target, pl.Decimal):
        if target.scale >= digits(value.dtype)[1]:
            return value.expr.cast(target, strict=strict)
        return fitted(rounded(value, target.scale), target, strict=strict)
    return value.expr.cast(target, strict=strict) if target.is_numeric() else None


def to_decimal(value: Argument, target: pl.Decimal, *, strict: bool) -> pl.Expr:
    """Convert a number or text, halves away from zero."""
    precision, scale = digits(target)
    if value.dtype.is_integer():
        return value.expr.cast(target, strict=strict)
    if value.dtype.is_float():
        whole = (value.expr.cast(pl.Float64) * 10.0**scale).round(mode="half_away_from_zero")
        return fitted(whole.cast(WIDE, strict=strict), target, strict=strict)
    fine = pl.Decimal(PRECISION_MAX, scale + min(TEXT_DIGITS, PRECISION_MAX - precision))
    read = Argument(
        dtype=fine,
        build=lambda: value.expr.str.strip_chars().cast(fine, strict=strict),
        simple=value.simple,
    )
    return fitted(rounded(read, scale), target, strict=strict)


def fitted(whole: pl.Expr, target: pl.Decimal, *, strict: bool) -> pl.Expr:
    """Return unscaled numbers as *target*; without *strict* NULL for those that do not fit."""
    if strict:
        return scaled(whole, target)
    bound = ten_to(digits(target)[0])
    fits = whole.is_between(-bound, bound, closed="none")
    return scaled(pl.when(fits).then(whole), target)
