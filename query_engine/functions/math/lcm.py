"""lcm(x, y): the least common multiple."""

import math

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.rowwise import refused, rowwise


def least_common_multiple(x: int, y: int) -> int:
    """Refuse what 64 bits do not hold."""
    answer = math.lcm(x, y)
    if answer >= 2**63:
        raise refused(f"lcm({x}, {y}) does not fit into 64 bits")
    return answer


LCM = ScalarFunction(
    name="lcm",
    group="Math",
    parameters=(
        Parameter("x", Kind.INTEGER),
        Parameter("y", Kind.INTEGER),
    ),
    returns=pl.Int64(),
    build=lambda *numbers: rowwise(least_common_multiple, numbers, pl.Int64()),
    doc="The least common multiple; 0 if either is 0.",
    examples=(Example("SELECT lcm(4, 6)", "12"),),
)
