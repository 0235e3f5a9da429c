"""
cosine_distance(left, right): 1 less the cosine of the angle between two vectors; NULL if one has
no direction.
"""

import polars as pl

from query_engine.functions.arrays.vectors import cosine
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise

COSINE_DISTANCE = ScalarFunction(
    name="cosine_distance",
    group="Arrays",
    parameters=(Parameter("left", Kind.NUMBERS), Parameter("right", Kind.NUMBERS)),
    returns=pl.Float64(),
    build=lambda left, right: rowwise(cosine, [left, right], pl.Float64()),
    doc="1 less the cosine of the angle between two vectors; NULL if one has no direction.",
    examples=(Example("SELECT cosine_distance(make_array(1, 0), make_array(0, 1))", "1.0"),),
)
