"""
array_distance(left, right): the Euclidean distance of two points; NULL if a coordinate is NULL.
"""

import polars as pl

from query_engine.functions.arrays.vectors import distance
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise

ARRAY_DISTANCE = ScalarFunction(
    name="array_distance",
    group="Arrays",
    parameters=(Parameter("left", Kind.NUMBERS), Parameter("right", Kind.NUMBERS)),
    returns=pl.Float64(),
    build=lambda left, right: rowwise(distance, [left, right], pl.Float64()),
    doc="The Euclidean distance of two points; NULL if a coordinate is NULL.",
    examples=(Example("SELECT array_distance(make_array(1, 2), make_array(4, 6))", "5.0"),),
    aliases=("list_distance",),
)
