"""factorial(n): the product of the numbers from 1 to n."""

import math

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.limits import FACTORIAL_MAX
from query_engine.functions.rowwise import refused, rowwise


def factorial(n: int) -> int:
    """Multiply; refuse what has no answer in 64 bits."""
    if not 0 <= n <= FACTORIAL_MAX:
        raise refused(f"factorial takes 0 to {FACTORIAL_MAX}, not {n}")
    return math.factorial(n)


FACTORIAL = ScalarFunction(
    name="factorial",
    group="Math",
    parameters=(Parameter("n", Kind.INTEGER),),
    returns=pl.Int64(),
    build=lambda *numbers: rowwise(factorial, numbers, pl.Int64()),
    doc="The product of the numbers from 1 to n; n is at most 20.",
    examples=(Example("SELECT factorial(5)", "120"),),
)
