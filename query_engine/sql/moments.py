"""
Arithmetic of timestamps, dates and times of day, as DataFusion has it.

A DATE stays a DATE: it moves by whole days, and two of them lie a BIGINT of days apart. Timestamps
move by intervals, months by the calendar of their zone, and lie an interval apart.
"""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.failing import unless
from query_engine.functions.function import DURATION, TIME, Argument
from query_engine.functions.interval import NS_PER_DAY, Interval
from query_engine.sql.coercion import Maker
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.types import DATE, INT64, is_time

CLOCK = pl.Time()
NS_DIGITS = 9
CALENDAR_YEARS = 584
"""So many years lie between the first and the last timestamp."""

CHECKED_YEARS = 50
"""
A column that moves by less is not checked for the ends of the calendar: that would cost every
query for times after 2212.
"""

BEYOND = "a timestamp lies between 1677 and 2262"


def moment_arithmetic(
    make: Maker, name: str, left: Scalar, right: Scalar, pos: int
) -> Scalar | None:
    """Return ``left name right`` with a time on one side; None when it means nothing."""
    if name == "-" and is_moment(left) and is_moment(right):
        return between(make, left, right, pos)
    if name == "+" and is_moment(right) and not (left.dtype == DATE and right.dtype == CLOCK):
        left, right = right, left
    if name not in {"+", "-"} or not is_moment(left):
        return None
    if left.dtype == DATE and right.dtype == CLOCK and name == "+":
        return make.call(
            "+", [left, right], TIME, lambda d, t: d.expr.dt.combine(t.expr, "ns").cast(TIME), pos
        )
    if left.dtype == DATE and right.dtype.is_integer():
        days = make.cast(right, INT64)
        sign = 1 if name == "+" else -1
        return make.call(name, [left, days], DATE, lambda d, n: later(d, n.expr * sign), pos)
    if not isinstance(right.dtype, pl.Duration):
        return None
    if left.dtype == CLOCK:
        return make.call(name, [left, right], CLOCK, lambda t, i: turned(t, i, name), pos)
    return moved_by(make, name, left, right, pos)


def is_moment(value: Scalar) -> bool:
    """Tell whether a value is a timestamp, a date or a time of day."""
    return is_time(value.dtype) or value.dtype == CLOCK


def between(make: Maker, left: Scalar, right: Scalar, pos: int) -> Scalar | None:
    """Return what lies between two of them."""
    if left.dtype == DATE and right.dtype == DATE:
        return make.call("-", [left, right], INT64, lambda a, b: day(a) - day(b), pos)
    if CLOCK in (left.dtype, right.dtype):
        if left.dtype != right.dtype:
            return None
        return make.call(
            "-",
            [left, right],
            DURATION,
            lambda a, b: (a.expr.to_physical() - b.expr.to_physical()).cast(DURATION),
            pos,
        )
    moments = [make.cast(left, TIME), make.cast(right, TIME)]
    return make.call("-", moments, DURATION, lambda a, b: a.expr - b.expr, pos)


def moved_by(make: Maker, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
    """Return a timestamp or a date moved by an interval."""
    sign = 1 if name == "+" else -1
    by = right.value if isinstance(right, Literal) else None
    if isinstance(by, Interval):
        by = by if sign > 0 else -by

    if isinstance(by, Interval) and left.dtype != DATE:
        return moved_by_constant(make, name, [left, right], by, pos)

    def build(moment: Argument, interval: Argument) -> pl.Expr:
        expr = moment.expr
        if isinstance(by, Interval) and by.months:
            expr = expr.dt.offset_by(f"{by.months}mo")
        if moment.dtype != DATE:
            return expr + interval.expr if sign > 0 else expr - interval.expr
        moved = Argument(dtype=DATE, build=lambda: expr)
        if isinstance(by, Interval):
            days = abs(by.ns) // NS_PER_DAY * (1 if by.ns > 0 else -1)
            return later(moved, pl.lit(days, dtype=INT64)) if days else expr
        ns = interval.expr.to_physical()
        return later(moved, ns.abs() // NS_PER_DAY * ns.sign() * sign)

    return make.call(name, [left, right], left.dtype, build, pos)


def moved_by_constant(
    make: Maker, name: str, args: Sequence[Scalar], by: Interval, pos: int
) -> Scalar:
    """Return a timestamp moved by a constant; one that leaves the calendar ends the query."""
    years = abs(by.months) // 12 + abs(by.ns) // (365 * NS_PER_DAY)
    forward = by.months > 0 or (by.months == 0 and by.ns > 0)

    def moved(moment: Argument, _: Argument) -> pl.Expr:
        expr = moment.expr.dt.offset_by(f"{by.months}mo") if by.months else moment.expr
        return expr + pl.lit(by.ns, dtype=DURATION) if by.ns else expr

    def wrapped(moment: Argument, later: pl.Expr) -> pl.Expr:
        """Tell where the moved time went round to the other end, or further."""
        if years >= CALENDAR_YEARS:
            return moment.expr.is_not_null()
        return later < moment.expr if forward else later > moment.expr

    def checked(moment: Argument, interval: Argument) -> pl.Expr:
        later = moved(moment, interval)
        if years < CHECKED_YEARS and not moment.constant:
            return later
        kept = later.to_physical()
        return unless(wrapped(moment, later), BEYOND, kept, INT64).cast(moment.dtype)

    def quiet(moment: Argument, interval: Argument) -> pl.Expr:
        later = moved(moment, interval)
        return pl.when(wrapped(moment, later).not_()).then(later)

    can_fail = years >= CHECKED_YEARS
    dtype = args[0].dtype
    return make.call(
        name, args, dtype, checked, pos, failure=BEYOND, quiet=quiet if can_fail else None
    )


def day(date: Argument) -> pl.Expr:
    """Return a date as its number of days since 1970."""
    return date.expr.to_physical().cast(INT64)


def later(date: Argument, days: pl.Expr) -> pl.Expr:
    """Return a date moved by whole days; one beyond the calendar ends the query."""
    return (day(date) + days).cast(pl.Int32).cast(DATE)


def turned(clock: Argument, by: Argument, name: str) -> pl.Expr:
    """Return a time of day moved around the clock."""
    ns, step = clock.expr.to_physical(), by.expr.to_physical()
    return ((ns + step if name == "+" else ns - step) % NS_PER_DAY).cast(CLOCK)


def cut_to(make: Maker, value: Scalar, digits: int | None) -> Scalar:
    """Return a timestamp cut to so many digits of a second; None keeps all."""
    if digits is None or digits >= NS_DIGITS:
        return value
    unit = 10 ** (NS_DIGITS - digits)

    def build(moment: Argument) -> pl.Expr:
        ns = moment.expr.to_physical()
        kept: pl.Expr = ns.abs() // unit * unit * ns.sign()
        return kept.cast(value.dtype)

    return make.call(f"timestamp({digits})", [value], value.dtype, build, value.pos)
