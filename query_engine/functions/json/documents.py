"""
JSON values as SQL holds them: the bytes of canonical JSON text in a BINARY column.

Rule: equal values have equal bytes: keys sorted, no white space, numbers in their shortest form.
So documents are compared, grouped and joined as what they are, and any client reads them.
"""

from typing import TypeAlias, Union

import orjson
import polars as pl

from query_engine.functions.function import ENTRIES, Argument, BadValue
from query_engine.functions.json.limits import DEPTH_MAX
from query_engine.functions.rowwise import rowwise

DOCUMENT = pl.Binary()

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]


def parsed(text: str) -> bytes | None:
    """Return the document that *text* is; None if it is no JSON, or deeper than DEPTH_MAX."""
    try:
        return written(orjson.loads(text))
    except (orjson.JSONDecodeError, BadValue):
        return None


def written(value: object) -> bytes:
    """
    Return *value* as a document.

    Raises:
        BadValue: It is nested deeper than DEPTH_MAX.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise BadValue(f"a JSON value is nested more than {DEPTH_MAX} deep") from None


def read(document: bytes) -> Json:
    """
    Return the value of a document.

    Raises:
        BadValue: The bytes are no JSON.
    """
    try:
        value: Json = orjson.loads(document)
    except orjson.JSONDecodeError:
        raise BadValue("a binary value is no JSON; make JSON of text with jsonb_parse") from None
    return value


def as_text(value: Json) -> str:
    """Return a string as it is, anything else as JSON text."""
    return value if isinstance(value, str) else written(value).decode()


def member(value: Json, key: str) -> tuple[bool, Json]:
    """
    Return whether an object has *key*, and its value.

    The key itself counts first, then the first that differs from it in capitals only.
    """
    if not isinstance(value, dict):
        return False, None
    if key in value:
        return True, value[key]
    folded = key.lower()
    for name in value:
        if name.lower() == folded:
            return True, value[name]
    return False, None


def documents(argument: Argument) -> pl.Expr:
    """Return an argument of kind JSON as documents: maps and entries become objects."""
    if isinstance(argument.dtype, pl.Binary):
        return argument.expr
    return rowwise(object_of, [entries(argument)], DOCUMENT)


def entries(argument: Argument) -> pl.Expr:
    """Return a map, or entries, as an array of key and value."""
    if isinstance(argument.dtype, pl.Map):
        return argument.expr.map.entries().cast(ENTRIES)
    return argument.expr


def object_of(pairs: list[dict[str, str | None] | None]) -> bytes:
    """Return entries as a JSON object; of a repeated key the last counts."""
    return written({str(pair["key"]): pair["value"] for pair in pairs if pair is not None})
