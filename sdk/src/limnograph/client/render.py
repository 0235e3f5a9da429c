"""
Answers as files for programs: CSV, JSON, JSON lines, Parquet.

Rule: everything is written batch by batch, so that an answer of any size passes.
"""

import csv
import json
from collections.abc import Iterator
from typing import IO

import pyarrow.parquet as pq

from limnograph.client.result import Result
from limnograph.client.values import json_of, rows_of, text_of


def write_csv(result: Result, out: IO[str]) -> int:
    """Write RFC 4180 with a header line; NULL is empty; return the rows."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.schema.names)
    count = 0
    for batch in result:
        for row in rows_of(batch):
            writer.writerow(["" if value is None else text_of(value) for value in row])
        count += batch.num_rows
    return count


def write_json(result: Result, out: IO[str]) -> int:
    """Write one array of objects, one a line; NaN and infinities are null; return the rows."""
    count = 0
    out.write("[")
    for line in _objects(result):
        out.write(f",\n{line}" if count else f"\n{line}")
        count += 1
    out.write("\n]\n" if count else "]\n")
    return count


def write_ndjson(result: Result, out: IO[str]) -> int:
    """Write one JSON object a line; NaN and infinities are null; return the rows."""
    count = 0
    for line in _objects(result):
        out.write(f"{line}\n")
        count += 1
    return count


def write_parquet(result: Result, out: IO[bytes]) -> int:
    """Write a Parquet file, zstd inside; return the rows."""
    count = 0
    with pq.ParquetWriter(out, result.schema, compression="zstd") as writer:
        for batch in result:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _objects(result: Result) -> Iterator[str]:
    names = result.schema.names
    for batch in result:
        for row in rows_of(batch):
            fields = {name: json_of(value) for name, value in zip(names, row, strict=True)}
            yield json.dumps(fields, ensure_ascii=False)
