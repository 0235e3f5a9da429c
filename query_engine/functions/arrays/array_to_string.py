"""
array_to_string(array, separator, [null_text]): the elements as one text with a separator between.
"""

import polars as pl

from query_engine.functions.arrays.items import elements, flattened
from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.rowwise import rowwise


def joined(array: list[str | None], separator: str, null_text: str) -> str:
    """Join with NULLs shown."""
    return separator.join(null_text if item is None else item for item in array)


def build(array: Argument, separator: Argument, null_text: Argument | None = None) -> pl.Expr:
    """Join with NULLs left out."""
    expr, dtype = array.expr, array.dtype
    while isinstance(elements(dtype), pl.List):
        expr, dtype = flattened(expr, dtype)
    texts = expr.cast(pl.List(pl.String))
    if null_text is None:
        return texts.list.join(separator.expr, ignore_nulls=True)
    known = Argument(dtype=pl.List(pl.String()), build=lambda: texts)
    return rowwise(joined, [known, separator, null_text], pl.String())


ARRAY_TO_STRING = ScalarFunction(
    name="array_to_string",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.LIST),
        Parameter("separator", Kind.TEXT),
        Parameter("null_text", Kind.TEXT, optional=True),
    ),
    returns=pl.String(),
    build=build,
    doc=(
        "The elements as one text with a separator between; NULLs are left out, or shown as a "
        "text. Arrays of arrays are flattened."
    ),
    examples=(
        Example("SELECT array_to_string(make_array('a', NULL, 'b'), '+')", "a+b"),
        Example("SELECT array_to_string(make_array('a', NULL, 'b'), '+', '?')", "a+?+b"),
    ),
    aliases=("list_to_string", "array_join", "list_join"),
)
