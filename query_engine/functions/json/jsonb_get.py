"""
jsonb_get(value, key): a member of an object; the same key in other capitals counts when the key
itself is missing.
"""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import DOCUMENT, documents, member, read, written
from query_engine.functions.rowwise import rowwise


def compute(document: bytes, key: str) -> bytes | None:
    """Return the member as a document; None if there is none or the value is no object."""
    found, value = member(read(document), key)
    return written(value) if found else None


JSONB_GET = ScalarFunction(
    name="jsonb_get",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON), Parameter("key", Kind.TEXT)),
    returns=DOCUMENT,
    build=lambda value, key: rowwise(compute, [documents(value), key], DOCUMENT),
    doc=(
        "A member of an object; the same key in other capitals counts when the key itself is "
        "missing. NULL if there is none or the value is no object."
    ),
    examples=(
        Example("""SELECT jsonb_as_i64(jsonb_get(jsonb_parse('{"Size": 7}'), 'size'))""", "7"),
    ),
)
