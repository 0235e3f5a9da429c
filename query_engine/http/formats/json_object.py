"""Results as one JSON object."""

import json

import pyarrow as pa

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.failures import error_fields
from query_engine.http.formats.format import Format
from query_engine.http.formats.values import frame_of, json_rows


class JsonObject:
    """``query_id``, ``columns``, ``rows`` and at last ``row_count`` or ``error``."""

    cuts_off = False

    def __init__(self) -> None:
        self._rows = 0

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return everything up to the first row."""
        columns = [{"name": field.name, "type": str(field.type)} for field in schema]
        head = json.dumps({"query_id": query_id, "columns": columns}, ensure_ascii=False)
        return head[:-1].encode() + b',"rows":['

    def rows(self, rows: Rows) -> bytes:
        """Return the rows as objects, one a line."""
        separator = b",\n" if self._rows else b"\n"
        self._rows += rows.batch.num_rows
        return separator + json_rows(frame_of(rows.batch), ",\n")

    def end(self) -> bytes:
        """Close the rows and say how many there were."""
        return b'\n],"row_count":%d}\n' % self._rows

    def failure(self, error: LakeError) -> bytes:
        """Close the rows and say what went wrong."""
        fields = json.dumps(error_fields(error), ensure_ascii=False)
        return b'\n],"error":' + fields.encode() + b"}\n"


JSON = Format(
    name="json",
    media_types=("application/json",),
    encoder=lambda _: JsonObject(),
    complete="the object has `row_count`",
    broken="the object has `error` in its place",
    schema={
        "type": "object",
        "properties": {
            "query_id": {"type": "string", "format": "uuid"},
            "columns": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "type": {"type": "string"}},
                },
            },
            "rows": {"type": "array", "items": {"type": "object"}},
            "row_count": {"type": "integer"},
            "error": {"$ref": "#/components/schemas/ErrorFields"},
        },
        "required": ["query_id", "columns", "rows"],
    },
)
