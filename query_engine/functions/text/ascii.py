"""ascii(text): the code point of the first character; 0 for an empty text."""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.shapes import python_function


def first_code_point(text: str) -> int:
    """Return the code point of the first character."""
    return ord(text[0]) if text else 0


ASCII = python_function(
    "ascii",
    first_code_point,
    (Parameter("text", Kind.TEXT),),
    pl.Int64(),
    "The code point of the first character; 0 for an empty text.",
    ("ascii('A')", "65"),
    group="Text",
)
