"""
inner_product(left, right): the sum of the products of the elements of two arrays; NULL if one is
NULL.
"""

import polars as pl

from query_engine.functions.arrays.vectors import product
from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise

INNER_PRODUCT = ScalarFunction(
    name="inner_product",
    group="Arrays",
    parameters=(Parameter("left", Kind.NUMBERS), Parameter("right", Kind.NUMBERS)),
    returns=pl.Float64(),
    build=lambda left, right: rowwise(product, [left, right], pl.Float64()),
    doc="The sum of the products of the elements of two arrays; NULL if one is NULL.",
    examples=(Example("SELECT inner_product(make_array(1, 2), make_array(3, 4))", "11.0"),),
    aliases=("dot_product",),
)
