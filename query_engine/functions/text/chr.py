"""chr(code_point): the character of a code point."""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.rowwise import refused
from query_engine.functions.shapes import python_function


def character(code_point: int) -> str:
    """Refuse what is no character: surrogates, and beyond Unicode."""
    if not 0 <= code_point < 0x110000 or 0xD800 <= code_point < 0xE000:
        raise refused(f"chr: {code_point} is no character")
    return chr(code_point)


CHR = python_function(
    "chr",
    character,
    (Parameter("code_point", Kind.INTEGER),),
    pl.String(),
    "The character of a code point.",
    ("chr(65)", "A"),
    group="Text",
)
