"""nvl(value, otherwise): the value, or the other if it is NULL."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

NVL = ScalarFunction(
    name="nvl",
    group="Choice",
    parameters=(
        Parameter("value", Kind.SAME),
        Parameter("otherwise", Kind.SAME),
    ),
    returns=same_as(0),
    build=lambda value, otherwise: pl.coalesce(value.expr, otherwise.expr),
    doc="The value, or the other if it is NULL.",
    examples=(Example("SELECT nvl(NULL, 3)", "3"),),
    aliases=("ifnull",),
    strict=False,
    in_turn=True,
)
