"""gcd(x, y): the greatest common divisor."""

import math

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.rowwise import refused
from query_engine.functions.shapes import python_function


def greatest_common_divisor(x: int, y: int) -> int:
    """Refuse the one answer, 2 to the 63rd, that 64 bits do not hold."""
    answer = math.gcd(x, y)
    if answer >= 2**63:
        raise refused(f"gcd({x}, {y}) does not fit into 64 bits")
    return answer


GCD = python_function(
    "gcd",
    greatest_common_divisor,
    (
        Parameter("x", Kind.INTEGER),
        Parameter("y", Kind.INTEGER),
    ),
    pl.Int64(),
    "The greatest common divisor; 0 if both are 0.",
    ("gcd(12, -18)", "6"),
    group="Math",
)
