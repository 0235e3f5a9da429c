"""
typed_properties(properties, types): the properties as a JSON object whose values are what they were
when they were sent: numbers, booleans, arrays and objects instead of their texts.
"""

import math

import orjson
import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import DOCUMENT, Json, documents, read, written
from query_engine.functions.rowwise import rowwise

TYPES_KEY = "otel.types"
"""The entry of a map that has its types, where no column beside it has them."""


def compute(document: bytes | None, types: str | None) -> bytes | None:
    """Return a document with typed values; what does not look as its type says stays a text."""
    found = None if document is None else read(document)
    if not isinstance(found, dict):
        return document
    named = kinds(types)
    return written({key: typed(value, named.get(key)) for key, value in found.items()})


def compute_noted(document: bytes) -> bytes:
    """Return a document with the types that an entry of it tells; the entry is left out."""
    found = read(document)
    if not isinstance(found, dict):
        return document
    types = found.pop(TYPES_KEY, None)
    named = kinds(types if isinstance(types, str) else None)
    return written({key: typed(value, named.get(key)) for key, value in found.items()})


def kinds(types: str | None) -> dict[str, Json]:
    """Return the names of types by key; none where the text is no JSON object."""
    try:
        found = orjson.loads(types or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def typed(value: Json, kind: Json) -> Json:
    """Return the value that a text stands for."""
    if not isinstance(value, str):
        return value
    try:
        match kind:
            case "int":
                number = int(value)
                return number if -(2**63) <= number < 2**64 else value
            case "double":
                real = float(value)
                return real if math.isfinite(real) else value
            case "bool" if value in {"true", "false"}:
                return value == "true"
            case "null":
                return None
            case "array" | "map":
                found: Json = orjson.loads(value)
                return found
    except ValueError:
        return value
    return value


def build(properties: Argument, types: Argument | None = None) -> pl.Expr:
    """Type each different pair of properties and types once."""
    if types is None:
        return rowwise(compute_noted, [documents(properties)], DOCUMENT)
    return rowwise(compute, [documents(properties), types.expr], DOCUMENT, nulls=True)


TYPED_PROPERTIES = ScalarFunction(
    name="typed_properties",
    group="Properties",
    parameters=(
        Parameter("properties", Kind.JSON),
        Parameter("types", Kind.TEXT, optional=True),
    ),
    returns=DOCUMENT,
    build=build,
    strict=False,
    doc=(
        "The properties as a JSON object in which values have the types that they were sent with. "
        "types is the column `property_types` beside them; NULL is all strings. Without it, the "
        "entry `otel.types` of the map itself tells them, as in the attributes of events, links "
        "and exemplars. Bytes stay base64, NaN and infinities stay texts."
    ),
    examples=(
        Example(
            "SELECT jsonb_format_json(typed_properties(map(['n', 's'], ['1', '1']), "
            """'{"n":"int"}'))""",
            """{"n":1,"s":"1"}""",
        ),
        Example(
            "SELECT jsonb_format_json(typed_properties(map(['n', 'otel.types'], "
            """['1', '{"n":"int"}'])))""",
            """{"n":1}""",
        ),
    ),
)
