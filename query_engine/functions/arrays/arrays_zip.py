"""
arrays_zip(array, ...): an array of structs of the elements at the same place, called 1, 2 and so
on; shorter arrays are filled up with NULL.
"""

from collections.abc import Sequence
from itertools import zip_longest

import polars as pl

from query_engine.functions.arrays.items import elements
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """A field for each array."""
    fields = {str(n): elements(argument.dtype) for n, argument in enumerate(arguments, 1)}
    return pl.List(pl.Struct(fields))


def zipped(*arrays: list[object] | None) -> list[dict[str, object]] | None:
    """NULL arrays count as empty, unless all are."""
    if all(array is None for array in arrays):
        return None
    rows = zip_longest(*(array or [] for array in arrays))
    return [{str(n): item for n, item in enumerate(row, 1)} for row in rows]


def build(*arrays: Argument) -> pl.Expr:
    """Zip."""
    return rowwise(zipped, arrays, returns(arrays), nulls=True)


ARRAYS_ZIP = ScalarFunction(
    name="arrays_zip",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST, variadic=True),),
    returns=returns,
    build=build,
    doc=(
        "An array of structs of the elements at the same place, called 1, 2 and so on; "
        "shorter arrays are filled up with NULL."
    ),
    examples=(Example("SELECT array_length(arrays_zip(make_array(1, 2), make_array('a')))", "2"),),
    aliases=("list_zip",),
    strict=False,
)
