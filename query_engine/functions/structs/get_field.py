"""get_field(value, name, ...): a field of a struct or the value of a key of a map."""

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
from query_engine.functions.maps.types import key_type, value_type


def part(dtype: pl.DataType, name: Argument, index: int) -> pl.DataType:
    """Return the type of one part."""
    if isinstance(dtype, pl.Map):
        return value_type(dtype)
    if not isinstance(dtype, pl.Struct):
        raise BadArgument("it takes a struct or a map", index=index - 1)
    found = {item.name: item.dtype for item in dtype.fields}
    if not isinstance(name.value, str) or name.value not in found:
        raise BadArgument(f"the fields are {', '.join(found)}", index=index)
    inner = found[name.value]
    made = inner() if isinstance(inner, type) else inner
    assert isinstance(made, pl.DataType), "a field has a type"
    return made


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Go down the names."""
    dtype = arguments[0].dtype
    for index, name in enumerate(arguments[1:], 1):
        dtype = part(dtype, name, index)
    return dtype


def build(value: Argument, *names: Argument) -> pl.Expr:
    """Go down the names."""
    expr, dtype = value.expr, value.dtype
    for index, name in enumerate(names, 1):
        inner = part(dtype, name, index)
        if isinstance(dtype, pl.Map):
            expr = expr.map.get(name.expr.cast(key_type(dtype)))
        else:
            expr = expr.struct.field(name.text)
        dtype = inner
    return expr


GET_FIELD = ScalarFunction(
    name="get_field",
    group="Structs",
    parameters=(Parameter("value", Kind.ANY), Parameter("name", Kind.ANY, variadic=True)),
    returns=returns,
    build=build,
    doc="A field of a struct, or the value of a key of a map; more names go further down.",
    examples=(
        Example("SELECT get_field(named_struct('x', named_struct('y', 1)), 'x', 'y')", "1"),
        Example("SELECT get_field(MAP {'a': 1}, 'a')", "1"),
    ),
)
