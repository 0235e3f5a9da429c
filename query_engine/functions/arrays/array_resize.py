"""
array_resize(array, size, [element]): the array cut to a number of elements, or filled up to it
with an element (NULL if left out).
"""

import polars as pl

from query_engine.functions.arrays.items import check_size
from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)
from query_engine.functions.rowwise import refused, rowwise


def resized(
    array: list[object] | None, size: int | None, element: object = None
) -> list[object] | None:
    """Cut or fill."""
    if array is None or size is None:
        return None
    if size < 0:
        raise refused(f"array_resize: the size is 0 or more, not {size}")
    check_size(size)
    return array[:size] + [element] * (size - len(array))


def build(array: Argument, *rest: Argument) -> pl.Expr:
    """Resize."""
    return rowwise(resized, [array, *rest], array.dtype, nulls=True)


ARRAY_RESIZE = ScalarFunction(
    name="array_resize",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.SAME_LIST),
        Parameter("size", Kind.INTEGER),
        Parameter("element", Kind.ELEMENT, optional=True),
    ),
    returns=same_as(0),
    build=build,
    doc=(
        "The array cut to a number of elements, or filled up to it with an element (NULL if "
        "left out)."
    ),
    examples=(
        Example("SELECT array_resize(make_array(1, 2, 3), 2)", "[1, 2]"),
        Example("SELECT array_resize(make_array(1), 3, 0)", "[1, 0, 0]"),
    ),
    aliases=("list_resize",),
    strict=False,
)
