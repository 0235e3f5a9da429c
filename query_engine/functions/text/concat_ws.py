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
    """Join what is not NULL; without a separator there is no text."""
    texts = [value.expr for value in values]
    if separator.value is not None:
        return pl.concat_str(texts, separator=separator.text, ignore_nulls=True)
    joined = pl.concat_list(texts).list.join(separator.expr, ignore_nulls=True)
    return pl.when(separator.expr.is_not_null()).then(joined)


CONCAT_WS = ScalarFunction(
    name="concat_ws",
    group="Text",
    parameters=(
        Parameter("separator", Kind.TEXT),
        Parameter("value", Kind.SHOWABLE, variadic=True),
    ),
    returns=pl.String(),
    build=build,
    doc=(
        "The values as one text with a separator between; NULLs are left out. NULL without a "
        "separator."
    ),
    examples=(Example("SELECT concat_ws('-', 'a', NULL, 'b')", "a-b"),),
    strict=False,
)
