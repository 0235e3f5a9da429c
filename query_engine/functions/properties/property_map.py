"""property_map(key, value): a map of one key."""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(key: Argument, value: Argument) -> pl.Expr:
    """Make a list of one entry and read it as a map."""
    entry = pl.struct(key=key.expr, value=value.expr)
    return pl.concat_list(entry).cast(pl.Map(pl.String(), pl.String()))


PROPERTY_MAP = ScalarFunction(
    name="property_map",
    group="Properties",
    parameters=(
        Parameter("key", Kind.TEXT, constant=True),
        Parameter("value", Kind.TEXT),
    ),
    returns=pl.Map(pl.String(), pl.String()),
    build=build,
    doc="A map of one key.",
    examples=(Example("SELECT property_map('route', '/pay')['route']", "/pay"),),
)
