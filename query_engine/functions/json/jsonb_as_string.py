"""jsonb_as_string(value): the text of a JSON string; NULL for anything else, numbers too."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import documents, read
from query_engine.functions.rowwise import rowwise


def compute(document: bytes) -> str | None:
    """Return the text of a string."""
    value = read(document)
    return value if isinstance(value, str) else None


JSONB_AS_STRING = ScalarFunction(
    name="jsonb_as_string",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON),),
    returns=pl.String(),
    build=lambda value: rowwise(compute, [documents(value)], pl.String()),
    doc="The text of a JSON string; NULL for a value of another type, numbers too.",
    examples=(
        Example("""SELECT jsonb_as_string(jsonb_parse('"a"'))""", "a"),
        Example("SELECT jsonb_as_string(jsonb_parse('1'))", "NULL"),
    ),
)
