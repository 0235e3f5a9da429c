"""
array_element(array, place): the element at a place: from 1, or from -1 at the end; NULL if there
is none.
"""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """An element."""
    return elements(arguments[0].dtype)


def build(array: Argument, place: Argument) -> pl.Expr:
    """Polars counts from 0."""
    at = pl.when(place.expr > 0).then(place.expr - 1).when(place.expr < 0).then(place.expr)
    return array.expr.list.get(at, null_on_oob=True)


ARRAY_ELEMENT = ScalarFunction(
    name="array_element",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST), Parameter("place", Kind.INTEGER)),
    returns=returns,
    build=build,
    doc="The element at a place: from 1, or from -1 at the end; NULL if there is none.",
    examples=(
        Example("SELECT array_element(make_array('a', 'b'), 2)", "b"),
        Example("SELECT array_element(make_array('a', 'b'), -1)", "b"),
    ),
    aliases=("list_element", "array_extract", "list_extract"),
)
