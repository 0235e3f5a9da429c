"""array_pop_back(array): the array without its last element."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, let, same_as

ARRAY_POP_BACK = ScalarFunction(
    name="array_pop_back",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=same_as(0),
    build=lambda array: let([array], lambda a: a.list.head(a.list.len().cast(pl.Int64) - 1)),
    doc="The array without its last element.",
    examples=(Example("SELECT array_pop_back(make_array(1, 2, 3))", "[1, 2]"),),
    aliases=("list_pop_back",),
)
