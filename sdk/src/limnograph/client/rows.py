"""Record batches as Python values, row by row."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def tuples(batch: "pa.RecordBatch") -> Iterator[tuple[Any, ...]]:
    """Yield each row of *batch* as a tuple."""
    if not batch.num_columns:
        yield from [()] * batch.num_rows
        return
    yield from zip(*(values(column) for column in batch.columns), strict=True)


def records(batch: "pa.RecordBatch") -> Iterator[dict[str, Any]]:
    """Yield each row of *batch* as a dict."""
    names = batch.schema.names
    for row in tuples(batch):
        yield dict(zip(names, row, strict=True))


def values(column: "pa.Array") -> list[Any]:
    """Return the values of *column*: maps as dicts, times cut to what Python can hold."""
    coarse = _coarse(column.type)
    cut = column if coarse == column.type else column.cast(coarse, safe=False)
    found: list[Any] = cut.to_pylist(maps_as_pydicts="lossy")
    return found


def _coarse(kind: "pa.DataType") -> "pa.DataType":
    """Return *kind* with microseconds in place of nanoseconds."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_time64(kind) and kind.unit == "ns":
        return pa.time64("us")
    if pa.types.is_dictionary(kind):
        return _coarse(kind.value_type)
    if pa.types.is_map(kind):
        return pa.map_(_coarse(kind.key_type), _coarse(kind.item_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_coarse(kind.value_type))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_coarse(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_coarse(field.type)) for field in kind])
    return kind
