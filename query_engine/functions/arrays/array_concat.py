"""
array_concat(array, ...): the elements of all arrays in one; NULL arrays count as empty, and it is
NULL if all are.
"""

import polars as pl

from query_engine.functions.arrays.items import or_empty
from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)


def build(*arrays: Argument) -> pl.Expr:
    """Join what there is."""
    known = pl.any_horizontal(array.expr.is_not_null() for array in arrays)
    return pl.when(known).then(pl.concat_list([or_empty(array) for array in arrays]))


ARRAY_CONCAT = ScalarFunction(
    name="array_concat",
    group="Arrays",
    parameters=(Parameter("array", Kind.SAME_LIST, variadic=True),),
    returns=same_as(0),
    build=build,
    doc=(
        "The elements of all arrays in one; NULL arrays count as empty, and it is NULL if all are."
    ),
    examples=(Example("SELECT array_concat(make_array(1), make_array(2, 3))", "[1, 2, 3]"),),
    aliases=("list_concat", "array_cat", "list_cat"),
    strict=False,
)
