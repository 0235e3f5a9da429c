"""
How a value that cannot be computed ends a query from inside an expression.

Polars has no expression that fails, except a conversion of text that is no value: its error shows
the text, and the text is our message.
"""

import re
from collections.abc import Sequence

import polars as pl

MARK = "error: "
SHOWN = re.compile(rf'\["{MARK}([^"]*)"')
CONVERSION = re.compile(r"conversion from `(\w+)")
ADVICE = "; try setting "
"""Begins what the engine advises to those who write expressions, not SQL."""


def unless(condition: pl.Expr, message: str, value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return *value* of type *dtype*; rows where *condition* is true end the query."""
    failure = pl.when(condition).then(pl.lit(MARK + message)).cast(dtype)
    return pl.coalesce(failure, value)


def reason(text: str) -> str | None:
    """Return the message of ours that an engine error shows, or None."""
    found = SHOWN.search(text)
    return None if found is None else found[1]


def about_constants(name: str, constants: Sequence[object], text: str) -> str:
    """Return why a call of constants failed, of which the engine says *text*."""
    ours = reason(text)
    if ours is not None:
        return ours
    first = text.partition("\n\n")[0].partition(ADVICE)[0]
    conversion = CONVERSION.match(first)
    if conversion is None:
        return first if first.startswith(name) else f"{name}: {first[:1].lower()}{first[1:]}"
    listed = ", ".join(map(repr, constants))
    if conversion[1] == "str":
        return f"{name} cannot read {listed}"
    return f"{name}: the answer for {listed} is out of range"
