"""Results as an array of JSON objects: what `/gateway/query` of the reference answers."""

import pyarrow as pa

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.http.formats.format import Format
from query_engine.http.formats.values import frame_of, json_rows


class JsonArray:
    """One object per row, with every number as a number."""

    cuts_off = True

    def __init__(self) -> None:
        self._separator = b"["

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return nothing: the array opens with its first row, or at its end."""
        del schema, query_id
        return b""

    def rows(self, rows: Rows) -> bytes:
        """Return the rows as objects."""
        separator, self._separator = self._separator, b","
        return separator + json_rows(frame_of(rows.batch), ",", exact_numbers=False)

    def end(self) -> bytes:
        """Close the array."""
        return b"[]" if self._separator == b"[" else b"]"

    def failure(self, error: LakeError) -> bytes:
        """Return nothing: an array that is not closed is no JSON."""
        del error
        return b""


JSON_ARRAY = Format(
    name="json array",
    media_types=("application/json",),
    encoder=lambda _: JsonArray(),
    complete="the array is closed",
    broken="it is not, and the body is cut off",
    schema={"type": "array", "items": {"type": "object"}},
)
