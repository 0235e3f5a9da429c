"""string_to_array(text, separator): the parts of the text between separators."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

STRING_TO_ARRAY = ScalarFunction(
    name="string_to_array",
    group="Arrays",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("separator", Kind.TEXT, constant=True),
    ),
    returns=pl.List(pl.String()),
    build=lambda text, separator: text.expr.str.split(separator.text),
    doc="The parts of the text between separators.",
    examples=(Example("SELECT string_to_array('a,b', ',')", "[a, b]"),),
)
