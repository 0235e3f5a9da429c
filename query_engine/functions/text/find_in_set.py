"""
find_in_set(text, list): where the text stands in a list of texts separated by commas (the first
is 1); 0 if nowhere.
"""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.shapes import python_function


def place_in_list(text: str, items: str) -> int:
    """Return the 1-based place."""
    parts = items.split(",")
    return parts.index(text) + 1 if text in parts else 0


FIND_IN_SET = python_function(
    "find_in_set",
    place_in_list,
    (
        Parameter("text", Kind.TEXT),
        Parameter("list", Kind.TEXT),
    ),
    pl.Int64(),
    "Where the text stands in a list of texts separated by commas (the first is 1); 0 if nowhere.",
    ("find_in_set('b', 'a,b,c')", "2"),
    group="Text",
)
