"""jsonb_as_f64(value): the value of a JSON number; NULL for a value of another type, texts too."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import documents, read
from query_engine.functions.rowwise import rowwise


def compute(document: bytes) -> float | None:
    """Return a number as a float; true and false are no numbers."""
    value = read(document)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


JSONB_AS_F64 = ScalarFunction(
    name="jsonb_as_f64",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON),),
    returns=pl.Float64(),
    build=lambda value: rowwise(compute, [documents(value)], pl.Float64()),
    doc="The value of a JSON number; NULL for a value of another type, texts too.",
    examples=(
        Example("SELECT jsonb_as_f64(jsonb_parse('1'))", "1.0"),
        Example("""SELECT jsonb_as_f64(jsonb_parse('"1"'))""", "NULL"),
    ),
)
