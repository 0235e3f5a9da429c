"""Results as JSON objects, one a line."""

import json

import pyarrow as pa

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.failures import error_fields
from query_engine.http.formats.format import Format
from query_engine.http.formats.values import frame_of, json_rows


class JsonLines:
    """One object per row; a row may look like an error, so a failed body is cut off as well."""

    cuts_off = True

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return nothing: there is nothing but rows."""
        del schema, query_id
        return b""

    def rows(self, rows: Rows) -> bytes:
        """Return one line per row."""
        return json_rows(frame_of(rows.batch), "\n") + b"\n"

    def end(self) -> bytes:
        """Return nothing: the last line is the last row."""
        return b""

    def failure(self, error: LakeError) -> bytes:
        """Return a last line that says what went wrong."""
        return json.dumps({"error": error_fields(error)}, ensure_ascii=False).encode() + b"\n"


NDJSON = Format(
    name="ndjson",
    media_types=("application/x-ndjson", "application/ndjson", "application/jsonl"),
    encoder=lambda _: JsonLines(),
    ending="ndjson",
    complete="the body ends",
    broken='the last line is `{"error": {...}}`, and the body is cut off',
    schema={"type": "string"},
    told_by_cut=True,
)
