"""
Results as files, written as rows arrive.

Rule: memory does not grow with the result, and a file has its name only when it is whole.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from limnograph.client.limits import ROW_GROUP_BYTES, ROW_GROUP_ROWS

if TYPE_CHECKING:
    from limnograph.client.result import Result


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """
    Give a place to write to, which becomes *path* if all goes well and is removed if not.

    What stood at *path* before stays until then.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def to_parquet(result: "Result", path: str | os.PathLike[str]) -> int:
    """Write *result* to a Parquet file; return its rows."""
    rows = 0
    with (
        result,
        whole_file(path) as part,
        pq.ParquetWriter(part, result.schema, compression="zstd") as writer,
    ):
        for table in _groups(result):
            writer.write_table(table)
            rows += table.num_rows
    return rows


def to_csv(result: "Result", path: str | os.PathLike[str]) -> int:
    """Write *result* to a CSV file; return its rows."""
    from limnograph.client.render import write_csv

    with (
        result,
        whole_file(path) as part,
        part.open("w", encoding="utf-8", newline="") as out,
    ):
        return write_csv(result, out)


def _groups(result: "Result") -> Iterator[pa.Table]:
    """Yield the rows in portions of the size of a row group."""
    held: list[pa.RecordBatch] = []
    rows = held_bytes = 0
    for batch in result.batches(keep=False):
        held.append(batch)
        rows += batch.num_rows
        held_bytes += batch.nbytes
        if rows >= ROW_GROUP_ROWS or held_bytes >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held, rows, held_bytes = [], 0, 0
    if held:
        yield pa.Table.from_batches(held)
