"""factorial(n): the product of the numbers from 1 to n."""

import math

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.limits import FACTORIAL_MAX
from query_engine.functions.rowwise import refused
from query_engine.functions.shapes import python_function


def factorial(n: int) -> int:
    """Multiply; refuse what has no answer in 64 bits."""
    if not 0 <= n <= FACTORIAL_MAX:
        raise refused(f"factorial takes 0 to {FACTORIAL_MAX}, not {n}")
    return math.factorial(n)


FACTORIAL = python_function(
    "factorial",
    factorial,
    (Parameter("n", Kind.INTEGER),),
    pl.Int64(),
    "The product of the numbers from 1 to n; n is at most 20.",
    ("factorial(5)", "120"),
    group="Math",
)
