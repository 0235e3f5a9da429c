"""jsonb_object_keys(value): the keys of an object, sorted; NULL if the value is no object."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import documents, read
from query_engine.functions.rowwise import rowwise

KEYS = pl.List(pl.String())


def compute(document: bytes) -> list[str] | None:
    """Return the keys of an object."""
    value = read(document)
    return list(value) if isinstance(value, dict) else None


JSONB_OBJECT_KEYS = ScalarFunction(
    name="jsonb_object_keys",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON),),
    returns=KEYS,
    build=lambda value: rowwise(compute, [documents(value)], KEYS),
    doc="The keys of a JSON object in alphabetical order; NULL if the value is no object.",
    examples=(Example("""SELECT jsonb_object_keys(jsonb_parse('{"b": 1, "a": 2}'))""", "[a, b]"),),
)
