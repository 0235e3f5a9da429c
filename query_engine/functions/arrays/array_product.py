"""
array_product(array): the product of the elements that are not NULL, as DOUBLE; NULL if there are
none.
"""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(array: Argument) -> pl.Expr:
    """Nothing has no product."""
    known = array.expr.list.drop_nulls()
    return pl.when(known.list.len() > 0).then(known.list.agg(pl.element().product()))


ARRAY_PRODUCT = ScalarFunction(
    name="array_product",
    group="Arrays",
    parameters=(Parameter("array", Kind.NUMBERS),),
    returns=pl.Float64(),
    build=build,
    doc="The product of the elements that are not NULL, as DOUBLE; NULL if there are none.",
    examples=(Example("SELECT array_product(make_array(2, 3))", "6.0"),),
    aliases=("list_product",),
)
