"""array_normalize(array): the vector of length 1 in the same direction; NULL if it has none."""

import polars as pl

from query_engine.functions.arrays.vectors import normal
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise

ARRAY_NORMALIZE = ScalarFunction(
    name="array_normalize",
    group="Arrays",
    parameters=(Parameter("array", Kind.NUMBERS),),
    returns=pl.List(pl.Float64()),
    build=lambda array: rowwise(normal, [array], pl.List(pl.Float64())),
    doc="The vector of length 1 in the same direction; NULL if it has none.",
    examples=(Example("SELECT array_normalize(make_array(3, 4))", "[0.6, 0.8]"),),
    aliases=("list_normalize",),
)
