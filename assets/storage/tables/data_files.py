"""
Rows as the Parquet files of a table, and what the log is told of each.

An append writes its files here and hands Delta only the commit: half of what deltalake's own writer
takes, since columns are told how to lie (which are differences, which need no dictionary) and
statistics are read from the file's footer instead of being computed again.

Rule: a file is put under a new name before the commit that adds it. One that never gets into the
log is waste that vacuum removes.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from assets.storage.lake import Lake
from assets.storage.layout import table_key
from assets.storage.objects.limits import OBJECT_BYTES_MAX
from assets.storage.tables.limits import (
    REPEATS_SAMPLE_ROWS,
    REPEATS_SHARE,
    STATISTICS_CHARS,
    ZSTD_LEVEL,
)
from assets.storage.tables.promoted import MARK
from assets.storage.tables.spec import TableSpec

_LISTS_AS = pl.CompatLevel.oldest()
"""Lists: the writer cannot take views apart there."""

_TEXTS_AS = pl.CompatLevel.newest()
"""
All else stays in views: a text that many rows repeat (the properties of a process) takes its bytes
once, however long it is.
"""

_AFTER_SURROGATES = 0xE000


def put_files(lake: Lake, spec: TableSpec, rows: pl.DataFrame) -> list[AddAction]:
    """
    Put sorted rows into the table's folder, a file for each partition; return what to commit.

    Raises:
        StorageUnavailable: The store does not answer.
    """
    return [
        put_file(lake, spec, dict(zip(spec.partition_by, values, strict=True)), data, footer)
        for values, part in partitions(spec, rows)
        for data, footer in _files(spec, part.drop(spec.partition_by))
    ]


def partitions(
    spec: TableSpec, rows: pl.DataFrame
) -> Iterator[tuple[tuple[str, ...], pl.DataFrame]]:
    """Yield the rows of each partition, and the values of its columns as text; rows are sorted."""
    names = list(spec.partition_by)
    runs = rows.select(pl.struct(names).rle_id().alias("run")).to_series()
    start = 0
    for count in runs.value_counts(sort=False).sort("run")["count"]:
        part = rows.slice(start, count)
        yield tuple(str(value) for value in part.select(names).row(0)), part
        start += count


def _files(spec: TableSpec, rows: pl.DataFrame) -> Iterator[tuple[bytes, pq.FileMetaData]]:
    """Yield files and their footers: one, or as many as it takes for one put to carry each."""
    data, footer = _parquet(spec, rows)
    if len(data) <= OBJECT_BYTES_MAX or rows.height == 1:
        yield data, footer
        return
    half = rows.height // 2
    yield from _files(spec, rows.head(half))
    yield from _files(spec, rows.tail(rows.height - half))


def _parquet(spec: TableSpec, rows: pl.DataFrame) -> tuple[bytes, pq.FileMetaData]:
    """Return the rows as a file, and its footer."""
    table = pa.table({column.name: _column(column) for column in rows.iter_columns()})
    sink = pa.BufferOutputStream()
    footers: list[pq.FileMetaData] = []
    pq.write_table(
        table,
        sink,
        row_group_size=spec.row_group_rows,
        metadata_collector=footers,
        **how_written(spec, rows, table.schema),
    )
    return sink.getvalue().to_pybytes(), footers[0]


def how_written(spec: TableSpec, sample: pl.DataFrame, schema: pa.Schema) -> dict[str, Any]:
    """Return what the Parquet writer is told of a file's columns; *sample* are rows of it."""
    different = _different(sample)
    differences = {
        name: "DELTA_BINARY_PACKED"
        for name in schema.names
        if name in spec.time_columns
        or (name in different and pa.types.is_int64(schema.field(name).type))
    }
    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    return {
        "compression": "zstd",
        "compression_level": ZSTD_LEVEL,
        "use_dictionary": [leaf for leaf in leaves if leaf not in differences.keys() | different],
        "column_encoding": differences,
        "write_statistics": [leaf for leaf in leaves if leaf in schema.names],
        "store_schema": False,
    }


def arrow_of(rows: pl.DataFrame) -> pa.Table:
    """Return rows for the writer, of the same types whatever is in them."""
    return pa.table({column.name: _plain_column(column) for column in rows.iter_columns()})


def _plain_column(column: pl.Series) -> pa.Array:
    nested = isinstance(column.dtype, pl.List | pl.Struct)
    return column.to_arrow(compat_level=_LISTS_AS if nested else _TEXTS_AS)


def _column(column: pl.Series) -> pa.Array:
    """Return a column for the writer; a text that all rows have is told to it once."""
    if column.dtype == pl.String and len(column) and not column.null_count():
        text = column[0]
        if text == column[-1] and column.min() == column.max():
            numbers = pa.repeat(pa.scalar(0, pa.int32()), len(column))
            return pa.DictionaryArray.from_arrays(numbers, pa.array([text]))
    return _plain_column(column)


def _different(rows: pl.DataFrame) -> set[str]:
    """Return the plain columns whose values hardly repeat: a dictionary of them saves nothing."""
    plain = [name for name, dtype in rows.schema.items() if not dtype.is_nested()]
    if rows.height < REPEATS_SAMPLE_ROWS:
        return set()
    sample = rows.select(plain).gather_every(rows.height // REPEATS_SAMPLE_ROWS)
    counts = sample.select(pl.all().n_unique()).row(0)
    least = REPEATS_SHARE * sample.height
    return {name for name, count in zip(plain, counts, strict=True) if count > least}


def _leaves(path: str, dtype: pa.DataType) -> Iterator[str]:
    """Yield what the file calls the plain columns that a column consists of."""
    if pa.types.is_struct(dtype):
        for field in dtype:
            yield from _leaves(f"{path}.{field.name}", field.type)
    elif pa.types.is_map(dtype):
        yield f"{path}.key_value.key"
        yield from _leaves(f"{path}.key_value.value", dtype.item_type)
    elif pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        yield from _leaves(f"{path}.list.element", dtype.value_type)
    else:
        yield path


def put_file(
    lake: Lake, spec: TableSpec, values: Mapping[str, str], data: bytes, footer: pq.FileMetaData
) -> AddAction:
    """
    Put a file under a new name; return the action that adds it.

    Raises:
        StorageUnavailable: The store does not answer.
    """
    folders = "/".join(f"{name}={quote(value, safe='')}" for name, value in values.items())
    path = f"{folders}/part-{uuid4()}.zstd.parquet"
    lake.objects.put_new(f"{table_key(spec.name)}/{path}", data)
    return AddAction(
        path=path,
        size=len(data),
        partition_values=dict(values),
        modification_time=time.time_ns() // 1_000_000,
        data_change=True,
        stats=json.dumps(statistics_of(spec, footer), ensure_ascii=False, separators=(",", ":")),
    )


def statistics_of(spec: TableSpec, footer: pq.FileMetaData) -> dict[str, Any]:
    """
    Return a file's statistics as the log has them.

    Times are cut to milliseconds there, as everybody does who writes Delta tables; readers add
    what may be missing. Long texts are cut, upwards at the top.
    """
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for at in range(footer.num_columns):
        groups = [footer.row_group(group).column(at) for group in range(footer.num_row_groups)]
        name, found = groups[0].path_in_schema, [group.statistics for group in groups]
        if not _in_log(spec, name) or any(one is None for one in found):
            continue
        nulls[name] = sum(one.null_count for one in found)
        known = [one for one in found if one.num_values]
        if not known or not all(one.has_min_max for one in known):
            continue
        shortest, longest = min(one.min for one in known), max(one.max for one in known)
        low[name], high[name] = _bound(shortest), _bound(longest, upwards=True)
    return {"numRecords": footer.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls}


def _in_log(spec: TableSpec, name: str) -> bool:
    """Tell whether the log keeps statistics of a column: promoted keys and masks have them all."""
    return name in spec.stats_columns or (MARK in name and name not in spec.schema.names)


def _bound(value: Any, *, upwards: bool = False) -> Any:
    """Return a bound as JSON has it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    if not isinstance(value, str) or len(value) <= STATISTICS_CHARS:
        return value
    cut = value[:STATISTICS_CHARS]
    if not upwards:
        return cut
    for place in range(STATISTICS_CHARS - 1, -1, -1):
        if (following := ord(cut[place]) + 1) <= sys.maxunicode:
            skipped = _AFTER_SURROGATES if 0xD800 <= following < _AFTER_SURROGATES else following
            return cut[:place] + chr(skipped)
    return value
