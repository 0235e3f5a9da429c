"""
Making expressions: constants are computed at once, types are brought together as SQL allows.

Implicit conversions are few: between numbers, from date to timestamp, and of constant text to
whatever it is compared or combined with. The rest has to be asked for with CAST.
"""

import contextlib
import datetime as dt
import decimal
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from query_engine.functions.decimals import FLOAT_AS, digits
from query_engine.functions.failing import about_constants
from query_engine.functions.function import DURATION, TIME, Argument, BadArgument, BadValue
from query_engine.functions.interval import Interval
from query_engine.functions.timestamps import parse_interval, parse_time
from query_engine.sql.casts import cast_expression, may_fail
from query_engine.sql.errors import SqlError, TypeProblem
from query_engine.sql.parameters import Parameters
from query_engine.sql.positions import Source
from query_engine.sql.scalars import (
    Build,
    Call,
    ColumnRef,
    Lazy,
    Literal,
    Scalar,
    arguments,
    polars_expression,
)
from query_engine.sql.types import (
    BOOLEAN,
    FLOAT64,
    INT64,
    common_type,
    compared_type,
    held,
    is_null,
    is_text,
    is_zoned,
    shown,
)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes bound expressions; knows the text only to say where an error is."""

    source: Source
    parameters: Parameters = field(default_factory=Parameters)

    def problem(self, message: str, pos: int, *, hint: str | None = None) -> SqlError:
        """Return a type error at *pos*."""
        return self.source.place(TypeProblem(message, hint=hint), pos)

    def call(
        self,
        name: str,
        args: Sequence[Scalar],
        dtype: pl.DataType,
        build: Build,
        pos: int,
        *,
        strict: bool = True,
        failure: str | None = None,
        quiet: Build | None = None,
        lazy: Lazy | None = None,
    ) -> Scalar:
        """
        Return the call, or its value when that is known now.

        It is known when every argument is a constant and, for a *strict* function (NULL in any
        argument gives NULL), as soon as one argument is a constant NULL. Polars is left no constant
        conditions to simplify: it loses rows over some of them.

        Raises:
            TypeProblem: ``build`` refuses an argument, or constants have no value (*failure*).
        """
        made = Call(name, tuple(args), dtype, build, pos, quiet, lazy)
        self.check(name, args, build, pos)
        if strict and any(isinstance(arg, Literal) and arg.value is None for arg in args):
            return Literal(None, dtype, pos)
        if not args or not all(isinstance(arg, Literal) for arg in args):
            return made
        try:
            return folded(made)
        except BadValue as error:
            raise self.problem(str(error).partition("\n\n")[0], args[0].pos) from None
        except pl.exceptions.PolarsError as error:
            constants = [arg.value for arg in args if isinstance(arg, Literal)]
            message = failure or about_constants(name, constants, str(error))
            raise self.problem(message, args[0].pos) from None

    def check(self, name: str, args: Sequence[Scalar], build: Build, pos: int) -> None:
        """
        Try a build on its constants, so that it refuses them now and in this place.

        Raises:
            TypeProblem: It refuses one.
        """
        if args and not any(isinstance(arg, Literal) for arg in args):
            return
        try:
            build(*(probe(arg) for arg in args))
        except BadArgument as error:
            where = args[error.index].pos if error.index < len(args) else pos
            where = where if error.pos is None else error.pos
            raise self.problem(f"{name}: {error.message}", where) from None

    def cast(
        self, value: Scalar, target: pl.DataType, *, strict: bool = True, pos: int | None = None
    ) -> Scalar:
        """
        Return *value* as *target*, as if CAST (or TRY_CAST when not *strict*) had been written.

        Raises:
            TypeProblem: There is no such conversion, or a constant cannot be converted.
        """
        at = value.pos if pos is None else pos
        if value.dtype == target:
            return value
        if isinstance(value, Literal):
            self.parameters.learn(value, target)
            literal = self.cast_constant(value, target, strict=strict, pos=at)
            if literal is not None:
                return literal
        name = f"{'' if strict else 'try_'}cast({value.dtype} as {target})"
        if cast_expression(placeholder(value.dtype), target, strict=strict) is None:
            raise self.problem(f"cannot convert {shown(value.dtype)} to {shown(target)}", at)

        def build(arg: Argument) -> pl.Expr:
            expr = cast_expression(arg, target, strict=strict)
            assert expr is not None, "checked when the call was made"
            return expr

        def quiet(arg: Argument) -> pl.Expr:
            expr = cast_expression(arg, target, strict=False)
            assert expr is not None, "the strict one was possible"
            return expr

        fails = strict and may_fail(value.dtype, target)
        constant = repr(value.value) if isinstance(value, Literal) else ""
        failure = f"cannot convert {constant} to {shown(target)}"
        return self.call(
            name, [value], target, build, at, failure=failure, quiet=quiet if fails else None
        )

    def cast_constant(
        self, value: Literal, target: pl.DataType, *, strict: bool, pos: int
    ) -> Literal | None:
        """Convert what needs no engine (NULL, numbers) and what it cannot (text to times)."""
        if value.value is None:
            return Literal(None, target, pos)
        if isinstance(value.value, int) and value.dtype.is_integer():
            if target.is_integer():
                low, high = integer_bounds(target)
                return Literal(value.value, target, pos) if low <= value.value <= high else None
            return Literal(float(value.value), target, pos) if target == FLOAT64 else None
        if not isinstance(value.value, str):
            return None
        try:
            if target == TIME:
                return Literal(parse_time(value.value), target, pos)
            if target == DURATION:
                return Literal(parse_interval(value.value), target, pos)
        except ValueError as error:
            if not strict:
                return Literal(None, target, pos)
            message = f"'{value.value}' is no {shown(target)}: {error}"
            raise self.problem(message, value.pos) from None
        return None

    def unify(
        self,
        values: Sequence[Scalar],
        what: str,
        pos: int,
        *,
        to_compare: bool = True,
        texts_win: bool = False,
    ) -> list[Scalar]:
        """
        Bring *values* to one type: to compare them, or for one of them to be the answer.

        The 128 bits that hold every 64-bit number, signed or not, are only for comparing. Where
        *texts_win* (in CASE) numbers beside text are text.

        Raises:
            TypeProblem: They have no common type; *what* begins the message.
        """
        target = unified_type(values, compared_type if to_compare else common_type)
        if texts_win and any(is_text(value.dtype) for value in values):
            target = texts_type(values)
        if target is None:
            types = " and ".join(dict.fromkeys(shown(value.dtype) for value in values))
            raise self.problem(f"{what} {types}", pos, hint="convert one side with CAST")
        target = narrowed(values, target) if to_compare else held(target)
        return [self.cast(value, target) for value in values]

    def boolean(self, value: Scalar, what: str) -> Scalar:
        """Return *value*, which has to be true, false or NULL."""
        if is_null(value.dtype):
            return Literal(None, BOOLEAN, value.pos)
        if not isinstance(value.dtype, pl.Boolean):
            raise self.problem(f"{what} takes a boolean, not {shown(value.dtype)}", value.pos)
        return value


def texts_type(values: Sequence[Scalar]) -> pl.DataType | None:
    """Return the type of values some of which are text: that is text beside numbers."""
    plain = [value for value in values if not is_null(value.dtype)]
    if all(is_text(value.dtype) or value.dtype.is_numeric() for value in plain):
        return pl.String()
    return unified_type(values)


def unified_type(
    values: Sequence[Scalar],
    common_of: Callable[[pl.DataType, pl.DataType], pl.DataType | None] = common_type,
) -> pl.DataType | None:
    """
    Return the type that *values* have in common; constant text takes the others' type.

    A constant with a point beside a DECIMAL is one too.
    """
    firm = [value for value in values if not is_text_constant(value)]
    if any(isinstance(value.dtype, pl.Decimal) for value in firm):
        firm = [as_decimal(value) for value in firm]
    target = firm[0].dtype if firm else values[0].dtype
    for value in firm[1:]:
        common = common_of(target, value.dtype)
        if common is None:
            return None
        target = common
    if is_null(target) and len(firm) < len(values):
        return pl.String()
    return target


def as_decimal(value: Scalar) -> Scalar:
    """Return a float constant with the DECIMAL type that stands for it, if that can hold it."""
    if not isinstance(value, Literal) or not isinstance(value.value, float):
        return value
    precision, scale = FLOAT_AS[type(value.dtype)]
    fits = abs(value.value) < 10.0 ** (precision - scale)
    return replace(value, dtype=pl.Decimal(precision, scale)) if fits else value


def narrowed(values: Sequence[Scalar], target: pl.DataType) -> pl.DataType:
    """Keep a column's own exact type when the constants beside it fit (cheaper, prunes)."""
    columns = {value.dtype for value in values if not isinstance(value, Literal)}
    if len(columns) != 1 or not (target.is_integer() or isinstance(target, pl.Decimal)):
        return target
    (dtype,) = columns
    constants = [value.value for value in values if isinstance(value, Literal)]
    if isinstance(dtype, pl.Decimal):
        return dtype if all(is_exact(value, dtype) for value in constants) else target
    if not dtype.is_integer():
        return target
    low, high = integer_bounds(dtype)
    fits = all(v is None or (isinstance(v, int) and low <= v <= high) for v in constants)
    return dtype if fits else target


def is_exact(value: object, dtype: pl.Decimal) -> bool:
    """Tell whether a constant is a value of *dtype* as it is."""
    if not isinstance(value, int | float | decimal.Decimal):
        return value is None
    if isinstance(value, float) and not math.isfinite(value):
        return False
    precision, scale = digits(dtype)
    exact = decimal.Decimal(repr(value) if isinstance(value, float) else value)
    return exact == round(exact, scale) and abs(exact) < 10 ** (precision - scale)


def integer_bounds(dtype: pl.DataType) -> tuple[int, int]:
    """Return the least and the greatest value of an integer type."""
    bits = int("".join(filter(str.isdigit, str(dtype))))
    if dtype.is_unsigned_integer():
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def is_text_constant(value: Scalar) -> bool:
    """Tell whether *value* is text known now, which may stand for a value of another type."""
    return isinstance(value, Literal) and is_text(value.dtype) and value.value is not None


def placeholder(dtype: pl.DataType) -> Argument:
    """Return an argument of *dtype* for asking whether something can be built from it."""
    return Argument(dtype=dtype, build=lambda: pl.col("x"))


def probe(arg: Scalar) -> Argument:
    """Return an argument for finding out whether a build refuses its constants."""
    return arguments([arg])[0] if isinstance(arg, Literal) else placeholder(arg.dtype)


DAYS_MIN, DAYS_MAX = ((end - dt.date(1970, 1, 1)).days for end in (dt.date.min, dt.date.max))
"""Days since 1970 of the first and the last constant DATE: literals are dates of Python."""


def folded(call: Call) -> Scalar:
    """Return the value of a call over constants; the call if it is a list."""
    if (
        call.dtype.is_nested()
        or isinstance(call.dtype, pl.Binary | pl.Time)
        or is_zoned(call.dtype)
    ):
        return call
    series = pl.select(polars_expression(call)).to_series()
    assert series.dtype == call.dtype, f"{call.name} yields {series.dtype}, not {call.dtype}"
    return Literal(python_value(series), call.dtype, call.pos)


def python_value(series: pl.Series) -> object:
    """Return the one value of *series* as literals keep it: one NaN, which equals itself so."""
    if isinstance(series.dtype, pl.Datetime):
        return series.to_physical().item()
    if isinstance(series.dtype, pl.Duration):
        ns = series.to_physical().item()
        return None if ns is None else Interval(0, ns)
    if isinstance(series.dtype, pl.Date):
        days = series.to_physical().item()
        if days is not None and not DAYS_MIN <= days <= DAYS_MAX:
            raise pl.exceptions.ComputeError("a DATE lies between 0001-01-01 and 9999-12-31")
    value = series.item()
    return math.nan if isinstance(value, float) and math.isnan(value) else value


def number_literal(text: str, pos: int) -> Literal | None:
    """Return the constant of a number: BIGINT if it fits, else DOUBLE if finite, else None."""
    try:
        whole = int(text)
    except ValueError:
        value = math.inf
        with contextlib.suppress(ValueError):  # the tokenizer takes 1e1.5 and 0.1.0 for numbers
            value = float(text)
        return Literal(value, FLOAT64, pos) if math.isfinite(value) else None
    if abs(whole) < 2**63:
        return Literal(whole, INT64, pos)
    if 0 <= whole < 2**64:
        return Literal(whole, pl.UInt64(), pos)
    return Literal(float(text), FLOAT64, pos)


def is_column(value: Scalar) -> bool:
    """Tell whether *value* is a column as it is."""
    return isinstance(value, ColumnRef)
