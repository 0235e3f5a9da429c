"""
Values of Arrow columns as Python values that lose nothing, and as text.

Rule: times are ISO 8601 text in UTC with all their digits, durations nanoseconds (Python's own
types have no nanoseconds); maps are dicts, however empty; all of it at any depth.
"""

import base64
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def rows_of(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a batch."""
    if batch.num_columns:
        yield from zip(*(values_of(column) for column in batch.columns), strict=True)
    else:
        yield from [()] * batch.num_rows


def values_of(array: pa.Array) -> list[Any]:
    """Return the values of a column."""
    for matches, convert in _CONVERTERS:
        if matches(array.type):
            return convert(array)
    values: list[Any] = array.to_pylist()
    return values


def text_of(value: Any) -> str:
    """Return a value that is not NULL as text: binary in hex, nested values as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict):
        return json.dumps(json_of(value), ensure_ascii=False)
    return str(value)


def json_of(value: Any) -> Any:
    """Return what stands for a value in JSON: NaN and infinities are null, binary is base64."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict):
        return {key: json_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_of(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return text_of(value)


def is_number(kind: pa.DataType) -> bool:
    """Return whether a column of this type is read by its last digit: it stands to the right."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _times(array: pa.Array) -> list[Any]:
    texts: list[Any] = pc.replace_substring(array.cast(pa.string()), " ", "T").to_pylist()
    return texts


def _decoded(array: pa.Array) -> list[Any]:
    return values_of(array.dictionary_decode())


def _structs(array: pa.Array) -> list[Any]:
    names = [field.name for field in array.type]
    fields = [values_of(field) for field in array.flatten()]
    rows = zip(*fields, strict=True) if fields else [()] * len(array)
    return [
        dict(zip(names, row, strict=True)) if valid else None
        for row, valid in zip(rows, array.is_valid().to_pylist(), strict=True)
    ]


def _lists(array: pa.Array) -> list[Any]:
    items = iter(values_of(array.flatten()))
    return [
        None if length is None else [next(items) for _ in range(length)]
        for length in pc.list_value_length(array).to_pylist()
    ]


def _maps(array: pa.Array) -> list[Any]:
    first, *ends = array.offsets.to_pylist() or [0]
    size = ends[-1] - first if ends else 0
    keys = [text_of(key) for key in values_of(array.keys.slice(first, size))]
    items = values_of(array.items.slice(first, size))
    rows: list[Any] = []
    begin = 0
    for valid, end in zip(array.is_valid().to_pylist(), ends, strict=True):
        entries = zip(keys[begin : end - first], items[begin : end - first], strict=True)
        rows.append(dict(entries) if valid else None)
        begin = end - first
    return rows


_CONVERTERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], list[Any]]], ...] = (
    (pa.types.is_timestamp, _times),
    (pa.types.is_dictionary, _decoded),
    (pa.types.is_duration, lambda array: array.cast(pa.int64()).to_pylist()),
    (pa.types.is_time, lambda array: array.cast(pa.string()).to_pylist()),
    (pa.types.is_struct, _structs),
    (pa.types.is_map, _maps),
    (pa.types.is_list, _lists),
    (pa.types.is_large_list, _lists),
    (pa.types.is_fixed_size_list, _lists),
)
