"""
array_to_string(array, separator): the elements as one text with a separator between; NULLs are
left out.
"""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

ARRAY_TO_STRING = ScalarFunction(
    name="array_to_string",
    group="Arrays",
    parameters=(
        Parameter("array", Kind.LIST),
        Parameter("separator", Kind.TEXT, constant=True),
    ),
    returns=pl.String(),
    build=lambda array, separator: array.expr.cast(pl.List(pl.String)).list.join(separator.text),
    doc="The elements as one text with a separator between; NULLs are left out.",
    examples=(Example("SELECT array_to_string(string_to_array('a,b', ','), '+')", "a+b"),),
)
