"""lcm(x, y): the least common multiple."""

import math

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.rowwise import refused
from query_engine.functions.shapes import python_function


def least_common_multiple(x: int, y: int) -> int:
    """Refuse what 64 bits do not hold."""
    answer = math.lcm(x, y)
    if answer >= 2**63:
        raise refused(f"lcm({x}, {y}) does not fit into 64 bits")
    return answer


LCM = python_function(
    "lcm",
    least_common_multiple,
    (
        Parameter("x", Kind.INTEGER),
        Parameter("y", Kind.INTEGER),
    ),
    pl.Int64(),
    "The least common multiple; 0 if either is 0.",
    ("lcm(4, 6)", "12"),
    group="Math",
)
