"""
property_get(properties, key): the value of a key; the same key in other capitals counts when the
key itself is missing.
"""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Values have the type that the map's have."""
    dtype = arguments[0].dtype
    assert isinstance(dtype, pl.Map), "the parameter takes maps only"
    inner = dtype.value() if isinstance(dtype.value, type) else dtype.value
    assert isinstance(inner, pl.DataType), "a map's values have a type"
    return inner


def build(properties: Argument, key: Argument) -> pl.Expr:
    """The key itself, else the first that differs in capitals only."""
    name = key.text

    def body(m: pl.Expr) -> pl.Expr:
        entry = pl.element()
        same = entry.struct.field("key").str.to_lowercase() == name.lower()
        others = m.map.entries().list.eval(entry.filter(same).struct.field("value"))
        return pl.coalesce(m.map.get(name), others.list.first())

    return let([properties], body)


PROPERTY_GET = ScalarFunction(
    name="property_get",
    group="Properties",
    parameters=(
        Parameter("properties", Kind.MAP),
        Parameter("key", Kind.TEXT, constant=True),
    ),
    returns=returns,
    build=build,
    doc=(
        "The value of a key; the same key in other capitals counts when the key itself is "
        "missing. NULL if there is none."
    ),
    examples=(Example("SELECT property_get(property_map('route', '/pay'), 'Route')", "/pay"),),
)
