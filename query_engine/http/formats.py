"""
The three forms of a result over HTTP, each an encoder from batches to bytes.

Rule: a client can tell a complete result from a broken one. An Arrow stream or CSV that fails on
the way is cut off (the connection closes without its last chunk; Arrow lacks its end marker too); a
JSON body ends with either ``row_count`` or ``error``.
"""

import json
from typing import Literal, Protocol

import polars as pl
import pyarrow as pa

from assets.errors import CallerError, LakeError
from query_engine.failures import error_fields
from query_engine.http.rows import csv_rows, json_rows

Format = Literal["arrow", "json", "csv"]
ARROW_TYPE = "application/vnd.apache.arrow.stream"
_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"


class Encoder(Protocol):
    """One result as bytes: ``begin``, then ``batch`` by batch, then ``end`` or ``failure``."""

    media_type: str

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return what stands before the first row."""
        ...

    def batch(self, batch: pa.RecordBatch) -> bytes:
        """Return the rows of one batch."""
        ...

    def end(self) -> bytes:
        """Return what stands after the last row of a complete result."""
        ...

    def failure(self, error: LakeError) -> bytes | None:
        """Return what tells the client of *error*; None cuts the connection instead."""
        ...


class ArrowEncoder:
    """An Arrow IPC stream."""

    media_type = ARROW_TYPE

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return the schema message."""
        del query_id
        return bytes(schema.serialize())

    def batch(self, batch: pa.RecordBatch) -> bytes:
        """Return one record batch message."""
        return bytes(batch.serialize())

    def end(self) -> bytes:
        """Return the end-of-stream marker."""
        return _END_OF_STREAM

    def failure(self, error: LakeError) -> None:
        """Cut the stream off."""


class JsonEncoder:
    """One object: ``query_id``, ``columns``, ``rows`` and at last ``row_count`` or ``error``."""

    media_type = "application/json"

    def __init__(self) -> None:
        self._rows = 0

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return everything up to the first row."""
        columns = [{"name": field.name, "type": str(field.type)} for field in schema]
        head = json.dumps({"query_id": query_id, "columns": columns}, ensure_ascii=False)
        return head[:-1].encode() + b',"rows":['

    def batch(self, batch: pa.RecordBatch) -> bytes:
        """Return the rows as objects, one a line."""
        rows = json_rows(_frame(batch))
        separator = b",\n" if self._rows else b"\n"
        self._rows += batch.num_rows
        return separator + b",\n".join(rows)

    def end(self) -> bytes:
        """Close the rows and say how many there were."""
        return b'\n],"row_count":%d}\n' % self._rows

    def failure(self, error: LakeError) -> bytes:
        """Close the rows and say what went wrong."""
        fields = json.dumps(error_fields(error), ensure_ascii=False)
        return b'\n],"error":' + fields.encode() + b"}\n"


class CsvEncoder:
    """Comma-separated values with a header line; NULL is nothing, an empty text is ``""``."""

    media_type = "text/csv; charset=utf-8"

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return the header line."""
        del query_id
        header = pl.DataFrame(schema={name: pl.String() for name in schema.names})
        return header.write_csv().encode()

    def batch(self, batch: pa.RecordBatch) -> bytes:
        """Return one line per row."""
        return csv_rows(_frame(batch))

    def end(self) -> bytes:
        """Return nothing: the last line is the last row."""
        return b""

    def failure(self, error: LakeError) -> None:
        """Cut the body off."""


_ENCODERS: dict[Format, type[ArrowEncoder | JsonEncoder | CsvEncoder]] = {
    "arrow": ArrowEncoder,
    "json": JsonEncoder,
    "csv": CsvEncoder,
}
_ACCEPTED: tuple[tuple[str, Format], ...] = (
    (ARROW_TYPE, "arrow"),
    ("application/vnd.apache.arrow", "arrow"),
    ("text/csv", "csv"),
    ("application/json", "json"),
)


def encoder_for(asked: Format | None, accept: str) -> Encoder:
    """
    Return a new encoder: what the body asks for, else the best of the Accept header, else JSON.

    Raises:
        CallerError: The Accept header rules out everything that there is.
    """
    return _ENCODERS[asked or _negotiated(accept)]()


def _negotiated(accept: str) -> Format:
    best: tuple[float, Format] | None = None
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        quality = _quality(parameters)
        for known, name in _ACCEPTED:
            if media_type == known and quality > 0 and (best is None or quality > best[0]):
                best = (quality, name)
    if best is not None:
        return best[1]
    if not accept.strip() or "*/*" in accept or "application/*" in accept:
        return "json"
    known_types = ", ".join(known for known, _ in _ACCEPTED)
    raise CallerError(f"nothing to offer for Accept: {accept!r:.100}; there are {known_types}")


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame), "a record batch makes a frame"
    return frame
