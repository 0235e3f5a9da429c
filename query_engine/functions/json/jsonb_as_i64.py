"""jsonb_as_i64(value): a JSON number written as an integer; NULL for anything else, 1.0 too."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import documents, read
from query_engine.functions.rowwise import rowwise


def compute(document: bytes) -> int | None:
    """Return an integer that BIGINT holds; true and false are no numbers."""
    value = read(document)
    if not isinstance(value, int) or isinstance(value, bool) or value >= 2**63:
        return None
    return value


JSONB_AS_I64 = ScalarFunction(
    name="jsonb_as_i64",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON),),
    returns=pl.Int64(),
    build=lambda value: rowwise(compute, [documents(value)], pl.Int64()),
    doc="The value of a JSON number written as an integer; NULL for anything else, 1.0 too.",
    examples=(
        Example("SELECT jsonb_as_i64(jsonb_parse('12'))", "12"),
        Example("SELECT jsonb_as_i64(jsonb_parse('1.0'))", "NULL"),
    ),
)
