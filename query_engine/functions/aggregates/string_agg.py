"""
string_agg(text, separator): the texts that are not NULL as one, with a separator between; NULL if
there are none.
"""

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


def joined(values: pl.Expr, separator: str) -> pl.Expr:
    """Join; nothing joined is no text."""
    return pl.when(values.count() > 0).then(values.drop_nulls().str.join(separator))


def build(text: Argument, separator: Argument) -> pl.Expr:
    """Join all."""
    return joined(text.expr, separator.text)


def distinct(text: Argument, separator: Argument) -> pl.Expr:
    """Join each once."""
    return joined(text.expr.unique(maintain_order=True), separator.text)


STRING_AGG = AggregateFunction(
    name="string_agg",
    parameters=(
        Parameter("text", Kind.SHOWABLE),
        Parameter("separator", Kind.TEXT, constant=True),
    ),
    returns=pl.String(),
    build=build,
    build_distinct=distinct,
    doc="The texts that are not NULL as one, with a separator between; NULL if there are none.",
    examples=(Example("SELECT string_agg(x, '+' ORDER BY x) FROM t", "1+2+2"),),
    ordered=True,
)
