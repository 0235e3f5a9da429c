"""
concat_ws(separator, value, ...): the values as one text with a separator between; NULLs are left
out.
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)


def build(separator: Argument, *values: Argument) -> pl.Expr:
    """Join what is not NULL."""
    return pl.concat_str(
        [value.expr for value in values], separator=separator.text, ignore_nulls=True
    )


CONCAT_WS = ScalarFunction(
    name="concat_ws",
    group="Text",
    parameters=(
        Parameter("separator", Kind.TEXT, constant=True),
        Parameter("value", Kind.SHOWABLE, variadic=True),
    ),
    returns=pl.String(),
    build=build,
    doc="The values as one text with a separator between; NULLs are left out.",
    examples=(Example("SELECT concat_ws('-', 'a', NULL, 'b')", "a-b"),),
    strict=False,
)
