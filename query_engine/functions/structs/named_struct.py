"""named_struct(name, value, ...): a struct of named values."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def fields(arguments: Sequence[Argument]) -> dict[str, Argument]:
    """Return the values by their names."""
    found: dict[str, Argument] = {}
    if len(arguments) % 2:
        raise BadArgument("names and values come in pairs", index=len(arguments) - 1)
    for index in range(0, len(arguments), 2):
        name = arguments[index].value
        if not isinstance(name, str):
            raise BadArgument("the name of a field is a constant text", index=index)
        if name in found:
            raise BadArgument(f'there are two fields "{name}"', index=index)
        found[name] = arguments[index + 1]
    return found


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """The fields' types."""
    return pl.Struct({name: value.dtype for name, value in fields(arguments).items()})


def build(*arguments: Argument) -> pl.Expr:
    """Put them together."""
    return pl.struct(value.expr.alias(name) for name, value in fields(arguments).items())


NAMED_STRUCT = ScalarFunction(
    name="named_struct",
    group="Structs",
    parameters=(Parameter("name", Kind.ANY), Parameter("value", Kind.ANY, variadic=True)),
    returns=returns,
    build=build,
    doc="A struct of values, each after the constant text that names its field.",
    examples=(Example("SELECT named_struct('x', 1, 'y', 2)['y']", "2"),),
    strict=False,
)
