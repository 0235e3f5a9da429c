"""array_union(array, other): each element of two arrays once, in the order of first places."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as

ARRAY_UNION = ScalarFunction(
    name="array_union",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST), Parameter("other", Kind.SAME_LIST)),
    returns=same_as(0),
    build=lambda array, other: pl.concat_list(array.expr, other.expr).list.unique(
        maintain_order=True
    ),
    doc="Each element of two arrays once, in the order of first places.",
    examples=(Example("SELECT array_union(make_array(1, 2), make_array(2, 3))", "[1, 2, 3]"),),
    aliases=("list_union",),
)
