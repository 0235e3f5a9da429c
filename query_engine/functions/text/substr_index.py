"""
substr_index(text, delimiter, n): the text before the n-th delimiter; from the end, and after it,
if n is negative.
"""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.shapes import python_function


def part_before(text: str, delimiter: str, n: int) -> str:
    """Cut, and join what is kept; an empty delimiter keeps nothing."""
    if not delimiter or n == 0:
        return ""
    parts = text.split(delimiter)
    return delimiter.join(parts[:n] if n > 0 else parts[n:])


SUBSTR_INDEX = python_function(
    "substr_index",
    part_before,
    (
        Parameter("text", Kind.TEXT),
        Parameter("delimiter", Kind.TEXT),
        Parameter("n", Kind.INTEGER),
    ),
    pl.String(),
    "The text before the n-th delimiter; from the end, and after it, if n is negative.",
    ("substr_index('www.apache.org', '.', 2)", "www.apache"),
    ("substr_index('www.apache.org', '.', -1)", "org"),
    aliases=("substring_index",),
    group="Text",
)
