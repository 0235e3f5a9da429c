"""
How a value that cannot be computed ends a query from inside an expression.

Polars has no expression that fails, except a conversion of text that is no value: its error shows
the text, and the text is our message.
"""

import re

import polars as pl

MARK = "error: "
SHOWN = re.compile(rf'\["{MARK}([^"]*)"')


def unless(condition: pl.Expr, message: str, value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return *value* of type *dtype*; rows where *condition* is true end the query."""
    failure = pl.when(condition).then(pl.lit(MARK + message)).cast(dtype)
    return pl.coalesce(failure, value)


def reason(text: str) -> str | None:
    """Return the message of ours that an engine error shows, or None."""
    found = SHOWN.search(text)
    return None if found is None else found[1]
