"""
array_sort(array, [order], [nulls]): the elements sorted, 'ASC' or 'DESC', with 'NULLS FIRST' (if
left out) or 'NULLS LAST'.
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)


def build(array: Argument, order: Argument | None = None, nulls: Argument | None = None) -> pl.Expr:
    """NaN is the greatest number."""
    way = "ASC" if order is None else order.text.upper()
    place = "NULLS FIRST" if nulls is None else nulls.text.upper()
    if way not in {"ASC", "DESC"}:
        raise BadArgument("the order is 'ASC' or 'DESC'", index=1)
    if place not in {"NULLS FIRST", "NULLS LAST"}:
        raise BadArgument("it is 'NULLS FIRST' or 'NULLS LAST'", index=2)
    return array.expr.list.sort(descending=way == "DESC", nulls_last=place == "NULLS LAST")


ARRAY_SORT = ScalarFunction(
    name="array_sort",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.LIST),
        Parameter("order", Kind.TEXT, constant=True, optional=True),
        Parameter("nulls", Kind.TEXT, constant=True, optional=True),
    ),
    returns=same_as(0),
    build=build,
    doc=("The elements sorted, 'ASC' or 'DESC', with 'NULLS FIRST' (if left out) or 'NULLS LAST'."),
    examples=(
        Example("SELECT array_sort(make_array(3, 1, 2))", "[1, 2, 3]"),
        Example("SELECT array_sort(make_array(3, 1, 2), 'DESC')", "[3, 2, 1]"),
    ),
    aliases=("list_sort",),
)
