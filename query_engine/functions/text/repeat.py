"""repeat(text, n): the text n times."""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.limits import TEXT_CHARS_MAX
from query_engine.functions.rowwise import refused
from query_engine.functions.shapes import python_function


def repeated(text: str, n: int) -> str:
    """Refuse lengths that only a mistake asks for."""
    if len(text) * n > TEXT_CHARS_MAX:
        raise refused(f"repeat makes texts of at most {TEXT_CHARS_MAX} characters")
    return text * n


REPEAT = python_function(
    "repeat",
    repeated,
    (
        Parameter("text", Kind.TEXT),
        Parameter("n", Kind.INTEGER),
    ),
    pl.String(),
    "The text n times.",
    ("repeat('ab', 3)", "ababab"),
    group="Text",
)
