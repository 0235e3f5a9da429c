"""to_hex(n): the number in hexadecimal; a negative one as the 64 bits it is."""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.shapes import python_function


def hexadecimal(n: int) -> str:
    """Write the two's complement of negative numbers."""
    return f"{n & (2**64 - 1):x}"


TO_HEX = python_function(
    "to_hex",
    hexadecimal,
    (Parameter("n", Kind.INTEGER),),
    pl.String(),
    "The number in hexadecimal; a negative one as the 64 bits it is.",
    ("to_hex(255)", "ff"),
    group="Text",
)
