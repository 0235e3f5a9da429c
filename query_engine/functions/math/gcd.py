"""gcd(x, y): the greatest common divisor."""

import math

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.rowwise import refused, rowwise


def greatest_common_divisor(x: int, y: int) -> int:
    """Refuse the one answer, 2 to the 63rd, that 64 bits do not hold."""
    answer = math.gcd(x, y)
    if answer >= 2**63:
        raise refused(f"gcd({x}, {y}) does not fit into 64 bits")
    return answer


GCD = ScalarFunction(
    name="gcd",
    group="Math",
    parameters=(
        Parameter("x", Kind.INTEGER),
        Parameter("y", Kind.INTEGER),
    ),
    returns=pl.Int64(),
    build=lambda *numbers: rowwise(greatest_common_divisor, numbers, pl.Int64()),
    doc="The greatest common divisor; 0 if both are 0.",
    examples=(Example("SELECT gcd(12, -18)", "6"),),
)
