"""
Answers as text and files: table, CSV, JSON lines, Parquet.

Rule: every form but the table is written batch by batch, so that an answer of any size passes.
"""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from limnograph.client.result import Result

CELL_CHARS_MAX = 120
"""Characters of a cell of a table; a longer text is cut there and ends in an ellipsis."""

_CONTROL = {number: f"\\x{number:02x}" for number in range(32)} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x7F: "\\x7f",
}


def write_table(result: Result, out: IO[str]) -> int:
    """Write aligned columns, numbers to the right; return the rows."""
    names = result.schema.names
    rows = [[_cell(value) for value in row] for row in _rows(result)]
    widths = [max([len(name), *(len(row[at]) for row in rows)]) for at, name in enumerate(names)]
    right = [_is_number(field.type) for field in result.schema]

    def line(cells: Iterable[str]) -> str:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(cells, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip() + "\n"

    out.write(line(names))
    out.write(line("-" * width for width in widths))
    for row in rows:
        out.write(line(row))
    return len(rows)


def write_csv(result: Result, out: IO[str]) -> int:
    """Write RFC 4180 with a header line; NULL is empty; return the rows."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.schema.names)
    count = 0
    for row in _rows(result):
        writer.writerow(["" if value is None else _text(value) for value in row])
        count += 1
    return count


def write_json(result: Result, out: IO[str]) -> int:
    """Write one JSON object a line; NaN and infinities are null; return the rows."""
    names = result.schema.names
    count = 0
    for row in _rows(result):
        fields = {name: _json(value) for name, value in zip(names, row, strict=True)}
        out.write(json.dumps(fields, ensure_ascii=False) + "\n")
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


TEXT_FORMATS: Mapping[str, Callable[[Result, IO[str]], int]] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
}


def _rows(result: Result) -> Iterator[tuple[Any, ...]]:
    for batch in result:
        if batch.num_columns:
            columns = [_values(column) for column in batch.columns]
            yield from zip(*columns, strict=True)
        else:
            yield from [()] * batch.num_rows


def _values(array: pa.Array) -> list[Any]:
    values: list[Any] = _readable(array).to_pylist()
    if pa.types.is_nested(array.type):
        return [_with_dicts(value, array.type) for value in values]
    return values


def _with_dicts(value: Any, kind: pa.DataType) -> Any:
    """Return a nested value with its maps as dicts; Arrow gives lists of pairs, empty ones too."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        return {_text(key): _with_dicts(item, kind.item_type) for key, item in value}
    if pa.types.is_struct(kind):
        return {field.name: _with_dicts(value[field.name], field.type) for field in kind}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [_with_dicts(item, kind.value_type) for item in value]
    return value


def _readable(array: pa.Array) -> pa.Array:
    """Return *array* with its times as ISO 8601 text: Python has no nanoseconds."""
    kind = array.type
    if pa.types.is_timestamp(kind):
        return pc.replace_substring(array.cast(pa.string()), " ", "T")
    if pa.types.is_dictionary(kind):
        return _readable(array.dictionary_decode())
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        return array.cast(pa.int64()) if pa.types.is_duration(kind) else array.cast(pa.string())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        rebuilt = type(array).from_arrays(array.offsets, _readable(array.values))
        return pc.if_else(array.is_valid(), rebuilt, None) if array.null_count else rebuilt
    return array


def _cell(value: Any) -> str:
    text = "" if value is None else _text(value).translate(_CONTROL)
    return text if len(text) <= CELL_CHARS_MAX else text[: CELL_CHARS_MAX - 1] + "…"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict):
        return json.dumps(_json(value), ensure_ascii=False)
    return str(value)


def _json(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return _text(value)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
