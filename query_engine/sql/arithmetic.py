"""
Arithmetic: numbers, times and intervals.

Whole numbers are computed as BIGINT and wrap as DataFusion's do; ``/`` of whole numbers truncates
towards zero and is NULL for a zero divisor, ``%`` has the sign of the dividend. Floats follow IEEE.
"""

from dataclasses import dataclass

import polars as pl

from query_engine.functions.decimals import PRECISION_MAX, computed, result_type
from query_engine.functions.function import DURATION, Argument
from query_engine.functions.interval import Interval
from query_engine.functions.math.division import (
    ZERO,
    divided,
    float_remainder,
    quiet_divided,
    quiet_remainder,
    remainder,
)
from query_engine.sql.coercion import Maker, integer_bounds, is_text_constant
from query_engine.sql.errors import SqlError
from query_engine.sql.moments import is_moment, moment_arithmetic
from query_engine.sql.scalars import Build, Literal, Scalar
from query_engine.sql.types import FLOAT64, INT64, common_number, held, is_null, is_time, shown


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Makes arithmetic calls from bound operands."""

    make: Maker

    def binary(self, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """
        Return ``left name right`` for one of ``+ - * / %``.

        Raises:
            TypeProblem: The operator does not take these types.
        """
        left, right = self.null_typed(left, right), self.null_typed(right, left)
        if left.dtype.is_numeric() and right.dtype.is_numeric():
            return self.numbers(name, left, right, pos)
        if is_moment(left) or is_moment(right):
            return self.times(name, left, right, pos)
        if isinstance(left.dtype, pl.Duration) or isinstance(right.dtype, pl.Duration):
            return self.intervals(name, left, right, pos)
        raise self.refusal(name, left, right, pos)

    def negative(self, value: Scalar, pos: int) -> Scalar:
        """Return ``-value``."""
        if is_null(value.dtype):
            return Literal(None, INT64, pos)
        if isinstance(value, Literal) and isinstance(value.value, Interval):
            return Literal(-value.value, value.dtype, pos)
        if isinstance(value, Literal) and isinstance(value.value, int):
            dtype = value.dtype if value.dtype.is_signed_integer() else INT64
            low, high = integer_bounds(dtype)
            # A number as written is BIGINT, or BIGINT UNSIGNED when it is the 2**63 of -2**63.
            meant = value.dtype.is_signed_integer() or value.value > high
            if meant and low <= -value.value <= high:
                return Literal(-value.value, dtype, pos)
        if isinstance(value.dtype, pl.Duration):
            return self.make.call("neg", [value], DURATION, lambda a: -a.expr, pos)
        if not value.dtype.is_numeric():
            raise self.make.problem(f"- takes a number, not {shown(value.dtype)}", pos)
        if value.dtype.is_unsigned_integer():
            raise self.make.problem(f"- takes a signed number, not {shown(value.dtype)}", pos)
        return self.make.call("neg", [value], value.dtype, lambda a: -a.expr, pos)

    def null_typed(self, value: Scalar, other: Scalar) -> Scalar:
        """Give a bare NULL the type that the other operand suggests."""
        if not is_null(value.dtype):
            return value
        dtype = DURATION if is_moment(other) else other.dtype
        return Literal(None, INT64 if is_null(dtype) else dtype, value.pos)

    def refusal(self, name: str, left: Scalar, right: Scalar, pos: int) -> SqlError:
        """Return the error for operand types that *name* does not take."""
        hint = None
        if is_text_constant(left) or is_text_constant(right):
            hint = "write intervals as INTERVAL '1 hour' and timestamps as TIMESTAMP '...'"
        elif is_time(left.dtype) or is_time(right.dtype):
            hint = "write lengths of time as INTERVAL '1 hour'"
        types = f"{shown(left.dtype)} {name} {shown(right.dtype)}"
        return self.make.problem(f"{types} is not defined", pos, hint=hint)

    def numbers(self, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return arithmetic of two numbers."""
        dtype = held(common_number(left.dtype, right.dtype))
        if isinstance(dtype, pl.Decimal):
            if left.dtype.is_integer() and right.dtype.is_integer():
                left, right = self.make.cast(left, dtype), self.make.cast(right, dtype)
            return self.decimals(name, left, right, pos)
        left, right = self.make.cast(left, dtype), self.make.cast(right, dtype)
        if dtype.is_float():
            return self.make.call(name, [left, right], dtype, FLOAT_BUILDS[name], pos)
        return self.make.call(
            name,
            [left, right],
            dtype,
            WHOLE_BUILDS[name],
            pos,
            quiet=QUIET_BUILDS.get(name),
            failure=ZERO,
        )

    def decimals(self, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return exact arithmetic; its result has digits of its own."""
        dtype = result_type(name, left.dtype, right.dtype)
        if dtype is None:
            types = f"{shown(left.dtype)} {name} {shown(right.dtype)}"
            message = f"{types} has more than {PRECISION_MAX} digits"
            raise self.make.problem(message, pos, hint="cast one side to DOUBLE or fewer digits")
        return self.make.call(
            name,
            [left, right],
            dtype,
            computed(name, dtype),
            pos,
            quiet=computed(name, dtype, quiet=True),
        )

    def times(self, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return a time or a date moved by an interval, or what lies between two of them."""
        made = None
        if not (name == "-" and is_text_constant(right)):
            made = moment_arithmetic(self.make, name, left, right, pos)
        if made is None:
            raise self.refusal(name, left, right, pos)
        return made

    def intervals(self, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return sums of intervals, and intervals times or by a number."""
        both = isinstance(left.dtype, pl.Duration) and isinstance(right.dtype, pl.Duration)
        if both and name in {"+", "-"}:
            return self.interval_sum(name, left, right, pos)
        if both and name == "/":
            return self.make.call(
                "interval/", [left, right], FLOAT64, lambda a, b: whole_ns(a) / whole_ns(b), pos
            )
        if name == "*" and left.dtype.is_numeric():
            left, right = right, left
        if name not in {"*", "/"} or not right.dtype.is_numeric() or both:
            raise self.refusal(name, left, right, pos)

        def build(a: Argument, b: Argument) -> pl.Expr:
            ns, factor = whole_ns(a), b.expr.cast(pl.Float64)
            scaled = ns * factor if name == "*" else ns / factor
            return scaled.cast(pl.Int64).cast(DURATION)

        if right.dtype.is_integer() and name == "*":
            return self.make.call(
                "*",
                [left, right],
                DURATION,
                lambda a, b: (whole_ns(a) * b.expr).cast(DURATION),
                pos,
            )
        return self.make.call(name, [left, right], DURATION, build, pos)

    def interval_sum(self, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return the sum or difference of two intervals; constants keep their months."""
        if isinstance(left, Literal) and isinstance(right, Literal):
            first, second = left.value, right.value
            if isinstance(first, Interval) and isinstance(second, Interval):
                return Literal(first + (second if name == "+" else -second), DURATION, pos)
        builds: dict[str, Build] = {
            "+": lambda a, b: a.expr + b.expr,
            "-": lambda a, b: a.expr - b.expr,
        }
        return self.make.call(name, [left, right], DURATION, builds[name], pos)


def whole_ns(arg: Argument) -> pl.Expr:
    """Return an interval as its number of nanoseconds."""
    return arg.expr.to_physical()


FLOAT_BUILDS: dict[str, Build] = {
    "+": lambda a, b: a.expr + b.expr,
    "-": lambda a, b: a.expr - b.expr,
    "*": lambda a, b: a.expr * b.expr,
    "/": lambda a, b: a.expr / b.expr,
    "%": float_remainder,
}
WHOLE_BUILDS: dict[str, Build] = {
    "+": lambda a, b: a.expr + b.expr,
    "-": lambda a, b: a.expr - b.expr,
    "*": lambda a, b: a.expr * b.expr,
    "/": divided,
    "%": remainder,
}
QUIET_BUILDS: dict[str, Build] = {"/": quiet_divided, "%": quiet_remainder}
