"""Results as comma-separated values."""

import polars as pl
import pyarrow as pa

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.http.formats.format import Format
from query_engine.http.formats.values import csv_rows, frame_of


class Csv:
    """A header line, then the rows; NULL is nothing, an empty text is ``""``."""

    cuts_off = True

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return the header line."""
        del query_id
        header = pl.DataFrame(schema={name: pl.String() for name in schema.names})
        return header.write_csv().encode()

    def rows(self, rows: Rows) -> bytes:
        """Return one line per row."""
        return csv_rows(frame_of(rows.batch))

    def end(self) -> bytes:
        """Return nothing: the last line is the last row."""
        return b""

    def failure(self, error: LakeError) -> bytes:
        """Return nothing: a line would be taken for a row."""
        del error
        return b""


CSV = Format(
    name="csv",
    media_types=("text/csv; charset=utf-8", "text/csv"),
    encoder=lambda _: Csv(),
    ending="csv",
    complete="the body ends",
    broken="the body is cut off",
    schema={"type": "string"},
    told_by_cut=True,
)
