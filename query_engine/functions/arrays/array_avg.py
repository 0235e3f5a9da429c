"""array_avg(array): the mean of the elements that are not NULL; NULL if there are none."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def build(array: Argument) -> pl.Expr:
    """Nothing has no mean."""
    known = array.expr.list.drop_nulls()
    return pl.when(known.list.len() > 0).then(known.list.agg(pl.element().mean()))


ARRAY_AVG = ScalarFunction(
    name="array_avg",
    group="Arrays",
    parameters=(Parameter("array", Kind.NUMBERS),),
    returns=pl.Float64(),
    build=build,
    doc="The mean of the elements that are not NULL; NULL if there are none.",
    examples=(Example("SELECT array_avg(make_array(1, 2))", "1.5"),),
    aliases=("list_avg",),
)
