"""uuid(): a random UUID (version 4) as text, another for each row."""

import uuid

import polars as pl

from query_engine.functions.function import (
    Example,
    ScalarFunction,
)
from query_engine.functions.rowwise import each_row


def draw(_row: int) -> str:
    """Return the next UUID."""
    return str(uuid.uuid4())


UUID = ScalarFunction(
    name="uuid",
    group="Text",
    parameters=(),
    returns=pl.String(),
    build=lambda: each_row(draw, pl.String()),
    doc="A random UUID (version 4) as text, another for each row.",
    examples=(Example("SELECT length(uuid())", "36"),),
)
