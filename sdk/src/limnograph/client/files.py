"""
Results as files, written as rows arrive.

Rule: memory does not grow with the result, and a file has its name only when it is whole.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq

from limnograph.client.limits import ROW_GROUP_BYTES, ROW_GROUP_ROWS

if TYPE_CHECKING:
    from limnograph.client.result import Result


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """
    Give a place to write to, which becomes *path* if all goes well and is removed if not.

    What stood at *path* before stays until then. A device or a pipe is written, never replaced.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        yield target
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


class ParquetFile:
    """
    A Parquet file under way, zstd inside; it is there once ``with`` has ended well.

    Attributes:
        rows: What was written so far.
    """

    def __init__(self, path: str | os.PathLike[str], schema: pa.Schema) -> None:
        self._path, self._schema = path, schema
        self._held: list[pa.RecordBatch] = []
        self._held_rows = self._held_bytes = 0
        self.rows = 0
        self._opened = ExitStack()

    def write(self, batch: pa.RecordBatch) -> None:
        """Take rows; a row group is written when there are enough of them."""
        self.rows += batch.num_rows
        self._held.append(batch)
        self._held_rows += batch.num_rows
        self._held_bytes += batch.nbytes
        if self._held_rows >= ROW_GROUP_ROWS or self._held_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held))
        self._held, self._held_rows, self._held_bytes = [], 0, 0

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            part = opening.enter_context(whole_file(self._path))
            writer = pq.ParquetWriter(part, self._schema, compression="zstd")
            self._writer = opening.enter_context(writer)
            self._opened = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with ExitStack() as closing:
            closing.push(self._opened.__exit__)
            if error is None:
                self._flush()
            else:
                closing.pop_all().__exit__(kind, error, trace)


def to_parquet(result: "Result", path: str | os.PathLike[str]) -> int:
    """Write *result* to a Parquet file; return its rows."""
    with result, ParquetFile(path, result.schema) as file:
        for batch in result.batches(keep=False):
            file.write(batch)
    return file.rows


def to_csv(result: "Result", path: str | os.PathLike[str]) -> int:
    """Write *result* to a CSV file; return its rows."""
    from limnograph.client.render import write_csv

    with (
        result,
        whole_file(path) as part,
        part.open("w", encoding="utf-8", newline="") as out,
    ):
        return write_csv(result, out)
