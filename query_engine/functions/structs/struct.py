"""struct(value, ...): a struct of values in fields called c0, c1 and so on."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """The fields' types."""
    return pl.Struct({f"c{index}": value.dtype for index, value in enumerate(arguments)})


def build(*values: Argument) -> pl.Expr:
    """Put them together."""
    return pl.struct(value.expr.alias(f"c{index}") for index, value in enumerate(values))


STRUCT = ScalarFunction(
    name="struct",
    group="Structs",
    parameters=(Parameter("value", Kind.ANY, variadic=True),),
    returns=returns,
    build=build,
    doc="A struct of values in fields called c0, c1 and so on.",
    examples=(Example("SELECT struct(1, 'a')['c1']", "a"),),
    aliases=("row",),
    strict=False,
)
