"""
array_sum(array): the sum of the elements that are not NULL, as DOUBLE; NULL if there are none.
"""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(array: Argument) -> pl.Expr:
    """Nothing has no sum."""
    known = array.expr.list.drop_nulls()
    return pl.when(known.list.len() > 0).then(known.list.agg(pl.element().sum()))


ARRAY_SUM = ScalarFunction(
    name="array_sum",
    group="Arrays",
    parameters=(Parameter("array", Kind.NUMBERS),),
    returns=pl.Float64(),
    build=build,
    doc="The sum of the elements that are not NULL, as DOUBLE; NULL if there are none.",
    examples=(Example("SELECT array_sum(make_array(1, 2))", "3.0"),),
    aliases=("list_sum",),
)
