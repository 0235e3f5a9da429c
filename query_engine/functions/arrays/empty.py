"""empty(array): whether the array has no elements."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction

EMPTY = ScalarFunction(
    name="empty",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=pl.Boolean(),
    build=lambda array: array.expr.list.len() == 0,
    doc="Whether the array has no elements.",
    examples=(Example("SELECT empty(make_array())", "true"),),
    aliases=("array_empty", "list_empty"),
)
