"""jsonb_format_json(value): JSON text, keys sorted."""

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import documents

JSONB_FORMAT_JSON = ScalarFunction(
    name="jsonb_format_json",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON),),
    returns=pl.String(),
    build=lambda value: documents(value).cast(pl.String),
    doc="JSON text, without white space, keys in alphabetical order.",
    examples=(
        Example(
            """SELECT jsonb_format_json(jsonb_parse('{"b": 1, "a": null}'))""",
            """{"a":null,"b":1}""",
        ),
        Example("SELECT jsonb_format_json(property_map('route', '/pay'))", """{"route":"/pay"}"""),
    ),
)
