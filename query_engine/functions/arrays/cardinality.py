"""cardinality(container): how many elements an array has in all, or keys a map has."""

import polars as pl

from query_engine.functions.arrays.items import elements, flattened
from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(container: Argument) -> pl.Expr:
    """Count what is left when nothing is nested."""
    if isinstance(container.dtype, pl.Map):
        return container.expr.map.len().cast(pl.Int64)
    if not isinstance(container.dtype, pl.List):
        raise BadArgument("it takes an array or a map")
    expr, dtype = flattened(container.expr, container.dtype)
    while isinstance(elements(dtype), pl.List):
        expr, dtype = flattened(expr, dtype)
    return expr.list.len().cast(pl.Int64)


CARDINALITY = ScalarFunction(
    name="cardinality",
    group="Arrays",
    parameters=(Parameter("container", Kind.ANY),),
    returns=pl.Int64(),
    build=build,
    doc=(
        "How many elements the array has; in an array of arrays, those of all of them. Of a map, "
        "how many keys it has."
    ),
    examples=(
        Example("SELECT cardinality(make_array(make_array(1), make_array(2, 3)))", "3"),
        Example("SELECT cardinality(MAP {'a': 1})", "1"),
    ),
)
