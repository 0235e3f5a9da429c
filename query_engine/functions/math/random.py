"""random(): a number from 0 up to 1, another for each row."""

import random

import polars as pl

from query_engine.functions.function import (
    Example,
    ScalarFunction,
)
from query_engine.functions.rowwise import each_row


def draw(_row: int) -> float:
    """Return the next random number."""
    return random.random()  # noqa: S311 - nothing secret is made of it


RANDOM = ScalarFunction(
    name="random",
    group="Math",
    parameters=(),
    returns=pl.Float64(),
    build=lambda: each_row(draw, pl.Float64()),
    doc="A number from 0 up to, not including, 1; another for each row.",
    examples=(Example("SELECT random() BETWEEN 0 AND 1", "true"),),
    aliases=("rand",),
)
