"""Short ways to write the functions that differ only in name and formula."""

from collections.abc import Callable

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


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
