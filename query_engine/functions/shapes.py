"""Short ways to write the functions that differ only in name and formula."""

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from query_engine.functions.decimals import round_decimal
from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)
from query_engine.functions.limits import DIGITS_MAX, TEXT_CHARS_MAX
from query_engine.functions.rowwise import refused, rowwise


def float_function(
    name: str,
    build: Callable[[pl.Expr], pl.Expr],
    doc: str,
    *examples: tuple[str, str],
    aliases: tuple[str, ...] = (),
) -> ScalarFunction:
    """Return a function from one number to a DOUBLE."""
    return ScalarFunction(
        name=name,
        group="Math",
        parameters=(Parameter("x", Kind.FLOAT),),
        returns=pl.Float64(),
        build=lambda x: build(x.expr),
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
        aliases=aliases,
    )


def text_function(
    name: str,
    build: Callable[[Argument], pl.Expr],
    doc: str,
    *examples: tuple[str, str],
    returns: pl.DataType | None = None,
    aliases: tuple[str, ...] = (),
) -> ScalarFunction:
    """Return a function of one text, to text unless *returns* says otherwise."""
    return ScalarFunction(
        name=name,
        group="Text",
        parameters=(Parameter("text", Kind.TEXT),),
        returns=pl.String() if returns is None else returns,
        build=build,
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
        aliases=aliases,
    )


def rounding_function(
    name: str,
    cut: Callable[[pl.Expr], pl.Expr],
    doc: str,
    *examples: tuple[str, str],
    cut_whole: Callable[[pl.Expr, pl.Expr], pl.Expr] | None = None,
) -> ScalarFunction:
    """
    Return a function that makes a number whole at a digit, by *cut*.

    Integers become DOUBLE, or with *cut_whole* (of them and a power of ten) stay BIGINT.
    """

    def returns(arguments: Sequence[Argument]) -> pl.DataType:
        dtype = arguments[0].dtype
        if isinstance(dtype, pl.Decimal):
            return decimal_type(dtype, arguments)
        whole = cut_whole is not None and dtype.is_integer()
        return pl.Int64() if whole else pl.Float64()

    def decimal_type(dtype: pl.Decimal, arguments: Sequence[Argument]) -> pl.DataType:
        if len(arguments) > 1 and not isinstance(arguments[1].value, int):
            return pl.Float64()
        places = 0 if len(arguments) == 1 else int(arguments[1].number)
        scale = dtype.scale if name == "trunc" else max(0, min(dtype.scale, places))
        return pl.Decimal(dtype.precision, scale)

    def build(x: Argument, digits: Argument | None = None) -> pl.Expr:
        known = 0 if digits is None or digits.value is None else int(digits.number)
        if abs(known) > DIGITS_MAX:
            raise BadArgument(f"digits go from -{DIGITS_MAX} to {DIGITS_MAX}", index=1)
        places = pl.lit(0) if digits is None else digits.expr.clip(-DIGITS_MAX, DIGITS_MAX)
        dtype = returns([x] if digits is None else [x, digits])
        if isinstance(dtype, pl.Decimal):
            return round_decimal(x, known, dtype, cut=name == "trunc")
        number = x.expr.cast(dtype)
        if cut_whole is not None and dtype.is_integer():
            unit = pl.lit(10, dtype=pl.Int64).pow((-places).clip(0).cast(pl.UInt32))
            return cut_whole(number, unit)
        if digits is None:
            return cut(number)
        # Divided by a whole power of ten: its inverse is no float.
        factor = pl.lit(10.0).pow(places.abs().cast(pl.Float64))
        left, right = cut(number / factor) * factor, cut(number * factor) / factor
        return pl.when(places < 0).then(left).otherwise(right)

    return ScalarFunction(
        name=name,
        group="Math",
        parameters=(
            Parameter("x", Kind.NUMBER),
            Parameter("digits", Kind.INTEGER, optional=True),
        ),
        returns=returns,
        build=build,
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
    )


def padding_function(
    name: str,
    join: Callable[[pl.Expr, pl.Expr], pl.Expr],
    doc: str,
    *examples: tuple[str, str],
    at_start: bool,
) -> ScalarFunction:
    """Return a function that fills a text up to a length; *join* puts the text and the filling."""

    def build(text: Argument, length: Argument, fill: Argument | None = None) -> pl.Expr:
        spaces = Argument(dtype=pl.String(), build=lambda: pl.lit(" "), constant=True, value=" ")
        fill = spaces if fill is None else fill
        if length.value is None or fill.value is None:
            return rowwise(partial(padded, at_start=at_start), [text, length, fill], pl.String())
        size = int(length.number)
        if size > TEXT_CHARS_MAX:
            raise BadArgument(f"length is at most {TEXT_CHARS_MAX}", index=1)
        if size <= 0:
            return text.expr.str.head(0)
        padding = (fill.text * size)[:size]

        def body(t: pl.Expr) -> pl.Expr:
            missing = size - t.str.len_chars().cast(pl.Int64)
            filled = join(t, pl.lit(padding).str.head(missing))
            return pl.when(missing <= 0).then(t.str.head(size)).otherwise(filled)

        return let([text], body)

    return ScalarFunction(
        name=name,
        group="Text",
        parameters=(
            Parameter("text", Kind.TEXT),
            Parameter("length", Kind.INTEGER),
            Parameter("fill", Kind.TEXT, optional=True),
        ),
        returns=pl.String(),
        build=build,
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
    )


def padded(text: str, length: int, fill: str, *, at_start: bool) -> str:
    """Return *text* filled up or cut to *length*; the Python twin of the expression above."""
    if length > TEXT_CHARS_MAX:
        raise refused(f"a length to fill up to is at most {TEXT_CHARS_MAX}, not {length}")
    missing = length - len(text)
    if missing <= 0:
        return text[: max(length, 0)]
    filling = (fill * missing)[:missing]
    return filling + text if at_start else text + filling


def trimming_function(
    name: str,
    strip: Callable[[pl.Expr, pl.Expr | str], pl.Expr],
    doc: str,
    *examples: tuple[str, str],
    aliases: tuple[str, ...] = (),
) -> ScalarFunction:
    """Return a function that takes characters (spaces if left out) off a text, by *strip*."""

    def build(text: Argument, characters: Argument | None = None) -> pl.Expr:
        if characters is None:
            return strip(text.expr, " ")
        # Polars takes whitespace off when the characters are NULL.
        stripped = strip(text.expr, characters.expr)
        return pl.when(characters.expr.is_not_null()).then(stripped)

    return ScalarFunction(
        name=name,
        group="Text",
        parameters=(
            Parameter("text", Kind.TEXT),
            Parameter("characters", Kind.TEXT, optional=True),
        ),
        returns=pl.String(),
        build=build,
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
        aliases=aliases,
    )


def python_function(
    name: str,
    function: Callable[..., object],
    parameters: tuple[Parameter, ...],
    returns: pl.DataType,
    doc: str,
    *examples: tuple[str, str],
    group: str,
    aliases: tuple[str, ...] = (),
) -> ScalarFunction:
    """
    Return a function that *function* computes from Python values; NULL gives NULL.

    What it refuses ends the query, unless CASE keeps the row from it.
    """

    def computed(*arguments: Argument, quiet: bool = False) -> pl.Expr:
        return rowwise(function, arguments, returns, quiet=quiet)

    return ScalarFunction(
        name=name,
        group=group,
        parameters=parameters,
        returns=returns,
        build=computed,
        quiet=partial(computed, quiet=True),
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
        aliases=aliases,
    )
