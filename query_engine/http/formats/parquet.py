"""
Results as a Parquet file, written while the query runs.

Row groups leave as soon as they are full, so that a file of any size needs the memory of one.
"""

import pyarrow as pa
import pyarrow.parquet as pq

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.http.formats.drain import Drain
from query_engine.http.formats.format import Compression, Format
from query_engine.limits import PARQUET_GROUP_BYTES, PARQUET_GROUP_ROWS


class ParquetFile:
    """One file; without its footer, which comes last, nobody takes it for one."""

    cuts_off = True

    def __init__(self, compression: Compression) -> None:
        self._compression = compression
        self._drain = Drain()
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return the file's first bytes."""
        del query_id
        self._schema = schema
        self._writer = pq.ParquetWriter(self._drain, schema, compression=self._compression)
        return self._drain.take()

    def rows(self, rows: Rows) -> bytes:
        """Return the row groups that these rows have filled."""
        self._waiting.append(rows.batch)
        self._rows += rows.batch.num_rows
        self._bytes += rows.batch.nbytes
        if self._rows < PARQUET_GROUP_ROWS and self._bytes < PARQUET_GROUP_BYTES:
            return b""
        self._write_group()
        return self._drain.take()

    def end(self) -> bytes:
        """Return the last row group and the footer."""
        if self._waiting:
            self._write_group()
        self._writer.close()
        return self._drain.take()

    def failure(self, error: LakeError) -> bytes:
        """Return nothing: the file has no footer."""
        del error
        return b""

    def _write_group(self) -> None:
        group = pa.Table.from_batches(self._waiting, self._schema)
        self._writer.write_table(group, row_group_size=max(1, group.num_rows))
        self._waiting, self._rows, self._bytes = [], 0, 0


PARQUET = Format(
    name="parquet",
    media_types=("application/vnd.apache.parquet",),
    encoder=ParquetFile,
    compressions=("zstd", "lz4", "none"),
    ending="parquet",
    complete="the file has its footer, and the body ends",
    broken="the file has no footer, and the body is cut off",
    schema={"type": "string", "format": "binary"},
)
