"""
What a result looks like on the wire: the one place that turns Polars types into Arrow types.

Rule: the wire schema depends on the query's schema only, never on its rows, so that it can be sent
before the first batch and an empty result has it too. Clients get the types that every Arrow
library knows: utf8 and binary with 32-bit offsets, plain values instead of dictionaries,
`map<utf8, utf8>`, `timestamp[ns, UTC]`.
"""

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
from polars.datatypes import DataTypeClass

from query_engine.errors import QueryFailed
from query_engine.limits import BATCH_BYTES_MAX

_PLAIN: dict[type[pl.DataType], pa.DataType] = {
    pl.Boolean: pa.bool_(),
    pl.Int8: pa.int8(),
    pl.Int16: pa.int16(),
    pl.Int32: pa.int32(),
    pl.Int64: pa.int64(),
    pl.UInt8: pa.uint8(),
    pl.UInt16: pa.uint16(),
    pl.UInt32: pa.uint32(),
    pl.UInt64: pa.uint64(),
    pl.Float32: pa.float32(),
    pl.Float64: pa.float64(),
    pl.String: pa.utf8(),
    pl.Categorical: pa.utf8(),
    pl.Enum: pa.utf8(),
    pl.Binary: pa.binary(),
    pl.Date: pa.date32(),
    pl.Time: pa.time64("ns"),
    pl.Null: pa.null(),
}

_OFFSETS_BYTES_MAX = 1 << 30
"""A larger batch is split before its offsets are narrowed to 32 bits, which count 2 GiB."""


def wire_type(dtype: pl.DataType) -> pa.DataType:
    """
    Return the Arrow type in which values of *dtype* are sent.

    Raises:
        QueryFailed: The type has no Arrow form that clients could read.
    """
    plain = _PLAIN.get(type(dtype))
    if plain is not None:
        return plain
    match dtype:
        case pl.Datetime():
            return pa.timestamp(dtype.time_unit, tz=dtype.time_zone)
        case pl.Duration():
            return pa.duration(dtype.time_unit)
        case pl.Decimal():
            return pa.decimal128(dtype.precision or 38, dtype.scale)
        case pl.List():
            return pa.list_(wire_type(_instance(dtype.inner)))
        case pl.Array():
            return pa.list_(wire_type(_instance(dtype.inner)), dtype.size)
        case pl.Struct():
            return pa.struct([(f.name, wire_type(_instance(f.dtype))) for f in dtype.fields])
        case pl.Map():
            return pa.map_(wire_type(_instance(dtype.key)), wire_type(_instance(dtype.value)))
        case _:
            raise QueryFailed(f"results of type {dtype} cannot be sent")


def wire_schema(schema: pl.Schema) -> pa.Schema:
    """Return the Arrow schema in which rows of *schema* are sent."""
    return pa.schema([(name, wire_type(dtype)) for name, dtype in schema.items()])


def to_batches(
    frame: pl.DataFrame, schema: pa.Schema, bytes_max: int = BATCH_BYTES_MAX
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of *frame* as batches of *schema*, each within *bytes_max* if possible."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    for wide in table.to_batches():
        for part in _split(wide, _OFFSETS_BYTES_MAX):
            columns = [
                column if column.type == field.type else column.cast(field.type)
                for column, field in zip(part.columns, schema, strict=True)
            ]
            # Split in the narrow form: the engine's 64-bit offsets are not sent.
            yield from _split(pa.RecordBatch.from_arrays(columns, schema=schema), bytes_max)


def _split(batch: pa.RecordBatch, bytes_max: int) -> Iterator[pa.RecordBatch]:
    """Yield slices of at most *bytes_max*; halving again where rows are of uneven size."""
    if batch.num_rows <= 1 or batch.nbytes <= bytes_max:
        if batch.num_rows:
            yield batch
        return
    parts = min(batch.num_rows, -(-batch.nbytes // bytes_max))
    rows = -(-batch.num_rows // parts)
    for start in range(0, batch.num_rows, rows):
        yield from _split(batch.slice(start, rows), bytes_max)


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    """Nested types may be named by their class; the class stands for its default instance."""
    return dtype if isinstance(dtype, pl.DataType) else dtype()
