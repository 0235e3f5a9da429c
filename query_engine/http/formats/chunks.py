"""Results as a file that lies in one column of bytes, piece by piece."""

from collections.abc import Mapping

import pyarrow as pa

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.export.scribe import ExportFormat
from query_engine.export.scribes.catalog import FORMATS
from query_engine.http.formats.format import Format


class Chunks:
    """The values of the first column, one after the other."""

    cuts_off = True

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return nothing: the file begins with its first piece."""
        del query_id
        assert pa.types.is_binary(schema.field(0).type) or pa.types.is_large_binary(
            schema.field(0).type
        ), "the routes that send files ask for bytes"
        return b""

    def rows(self, rows: Rows) -> bytes:
        """Return some pieces."""
        return b"".join(piece.as_py() for piece in rows.batch.column(0))

    def end(self) -> bytes:
        """Return nothing: the file ends with its last piece."""
        return b""

    def failure(self, error: LakeError) -> bytes:
        """Return nothing: it would be taken for a piece."""
        del error
        return b""


def _file(form: ExportFormat) -> Format:
    return Format(
        name=f"a file for {form.name}",
        media_types=(form.media_type,),
        encoder=lambda _: Chunks(),
        ending=form.ending,
        complete="the body ends",
        broken="the body is cut off",
        schema={"type": "string", "format": "binary"},
        told_by_cut=True,
    )


FILES: Mapping[str, Format] = {form.name: _file(form) for form in FORMATS}
"""The formats of exports, as forms of answers."""
