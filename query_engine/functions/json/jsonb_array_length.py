"""jsonb_array_length(value): how many elements an array has; NULL if the value is no array."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import documents, read
from query_engine.functions.rowwise import rowwise


def compute(document: bytes) -> int | None:
    """Return the length of an array."""
    value = read(document)
    return len(value) if isinstance(value, list) else None


JSONB_ARRAY_LENGTH = ScalarFunction(
    name="jsonb_array_length",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON),),
    returns=pl.Int64(),
    build=lambda value: rowwise(compute, [documents(value)], pl.Int64()),
    doc="How many elements a JSON array has; NULL if the value is no array.",
    examples=(Example("SELECT jsonb_array_length(jsonb_parse('[1, [2, 3]]'))", "2"),),
)
