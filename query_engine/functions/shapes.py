"""Short ways to write the functions that differ only in name and formula."""

from collections.abc import Callable, Sequence

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)

DIGITS_MAX = 15
"""More digits than a DOUBLE has mean nothing: round and trunc refuse them."""

PAD_MAX = 1_000_000
"""Characters that lpad and rpad fill up to; they refuse more, which would be memory for nothing."""


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
        whole = cut_whole is not None and arguments[0].dtype.is_integer()
        return pl.Int64() if whole else pl.Float64()

    def build(x: Argument, digits: Argument | None = None) -> pl.Expr:
        known = 0 if digits is None or digits.value is None else int(digits.number)
        if abs(known) > DIGITS_MAX:
            raise BadArgument(f"digits go from -{DIGITS_MAX} to {DIGITS_MAX}", index=1)
        places = pl.lit(0) if digits is None else digits.expr.clip(-DIGITS_MAX, DIGITS_MAX)
        dtype = returns([x])
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
) -> ScalarFunction:
    """Return a function that fills a text up to a length; *join* puts the text and the filling."""

    def build(text: Argument, length: Argument, fill: Argument | None = None) -> pl.Expr:
        size, pattern = int(length.number), " " if fill is None else fill.text
        if size > PAD_MAX:
            raise BadArgument(f"length is at most {PAD_MAX}", index=1)
        if size <= 0:
            return text.expr.str.head(0)
        padding = (pattern * size)[:size]

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
            Parameter("length", Kind.INTEGER, constant=True),
            Parameter("fill", Kind.TEXT, optional=True, constant=True),
        ),
        returns=pl.String(),
        build=build,
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
    )


def trimming_function(
    name: str,
    strip: Callable[[pl.Expr, pl.Expr | str], pl.Expr],
    doc: str,
    *examples: tuple[str, str],
    aliases: tuple[str, ...] = (),
) -> ScalarFunction:
    """Return a function that takes characters (spaces if left out) off a text, by *strip*."""

    def build(text: Argument, characters: Argument | None = None) -> pl.Expr:
        return strip(text.expr, " " if characters is None else characters.expr)

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
