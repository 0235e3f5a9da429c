"""
property_get(properties, key): the value of a key; the same key in other capitals counts when the
key itself is missing.
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)
from query_engine.functions.json.documents import as_text, documents, member, read
from query_engine.functions.properties.lookup import any_case
from query_engine.functions.rowwise import rowwise


def compute(document: bytes, key: str) -> str | None:
    """Return the value of a key: a string as it is, anything else as JSON text."""
    found, value = member(read(document), key)
    return as_text(value) if found else None


def build(properties: Argument, key: Argument) -> pl.Expr:
    """Look into a map without leaving the engine; into anything else as JSON."""
    if not isinstance(properties.dtype, pl.Map) or not key.constant:
        return rowwise(compute, [documents(properties), key], pl.String())
    return let([properties], lambda entries: any_case(entries, key.text))


PROPERTY_GET = ScalarFunction(
    name="property_get",
    group="Properties",
    parameters=(
        Parameter("properties", Kind.JSON),
        Parameter("key", Kind.TEXT),
    ),
    returns=pl.String(),
    build=build,
    doc=(
        "The value of a key as text; the same key in other capitals counts when the key itself is "
        "missing. NULL if there is none. Takes maps, arrays of key and value, and JSON, whose "
        "values other than strings are shown as JSON text."
    ),
    reads_key=True,
    examples=(
        Example("SELECT property_get(property_map('route', '/pay'), 'Route')", "/pay"),
        Example("""SELECT property_get(jsonb_parse('{"n": [1]}'), 'n')""", "[1]"),
    ),
)
