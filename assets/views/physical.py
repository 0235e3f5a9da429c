"""
How a view's rows lie in its Delta table, and back.

Delta keeps microseconds and signed integers only. A column that ``keeps_ns`` becomes two:
``<name>`` in microseconds, which sorts and prunes, and ``<name>_rem``, the remaining 0-999 ns.
Unsigned integers are widened. What SQL sees never shows any of it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping

import polars as pl
import pyarrow as pa
from polars.datatypes import DataTypeClass

from assets.decode.rows import EVENTS, EXEMPLARS, HISTOGRAM, LINKS
from assets.storage.layout import Slice
from assets.storage.tables.spec import DATE_FIELD, SLICE_FIELD, Lookup, TableSpec
from assets.views.generation import generation_of
from assets.views.view import PROPERTIES, TIME, Column, View

REM = "_rem"
"""Suffix of the column that keeps the nanoseconds below a microsecond."""

_STORED_TIME = pl.Datetime("us", "UTC")
_NS_PER_US = 1000

_STORED_HISTOGRAM = pl.Struct(
    {
        **{name: dtype for name, dtype in HISTOGRAM.to_schema().items() if dtype == pl.Float64()},
        "count": pl.Int64(),
        "bins": pl.List(pl.Int64()),
    }
)

_STORED: Mapping[pl.DataType, pl.DataType] = {
    TIME: _STORED_TIME,
    pl.UInt32(): pl.Int64(),
    HISTOGRAM: _STORED_HISTOGRAM,
}
"""Types that Delta lacks, and what stands for them."""


def _arrow_of(dtype: pl.DataType) -> pa.DataType:
    """Return the Arrow type of a nested column, in the plain types that Delta's writer takes."""
    match dtype:
        case pl.List():
            return pa.list_(_arrow_of(_whole(dtype.inner)))
        case pl.Struct():
            return pa.struct([(f.name, _arrow_of(_whole(f.dtype))) for f in dtype.fields])
        case pl.Map():
            return pa.map_(pa.string(), pa.string())
        case _:
            plain = {pl.String: pa.string(), pl.Int64: pa.int64(), pl.Float64: pa.float64()}
            return plain[type(dtype)]


def _whole(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    """Return the instance of a type that may be named by its class."""
    return dtype if isinstance(dtype, pl.DataType) else dtype()


_ARROW: Mapping[pl.DataType, pa.DataType] = {
    pl.String(): pa.string(),
    pl.Int32(): pa.int32(),
    pl.Int64(): pa.int64(),
    pl.UInt32(): pa.int64(),
    HISTOGRAM: _arrow_of(_STORED_HISTOGRAM),
    pl.Float64(): pa.float64(),
    pl.Binary(): pa.binary(),
    TIME: pa.timestamp("us", tz="UTC"),
    pl.Boolean(): pa.bool_(),
    pl.Date(): pa.date32(),
    PROPERTIES: pa.map_(pa.string(), pa.string()),
    pl.List(pl.String()): pa.list_(pa.string()),
    pl.List(pl.Float64()): pa.list_(pa.float64()),
    pl.List(pl.Int64()): pa.list_(pa.int64()),
    **{dtype: _arrow_of(dtype) for dtype in (EVENTS, LINKS, EXEMPLARS)},
}

_PRUNED = ("process_id", "stream_id", "block_id", "trace_id", "name", "target")
"""Text columns whose minimum and maximum in a file are worth keeping."""

_COMPARISONS: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": pl.Expr.eq,
    "<": pl.Expr.le,
    "<=": pl.Expr.le,
    ">": pl.Expr.ge,
    ">=": pl.Expr.ge,
}
"""Comparisons that lose nothing when both sides are rounded down to microseconds."""


def can_keep(dtype: pl.DataType) -> bool:
    """Tell whether a table can have a column of this type."""
    return dtype in _ARROW


def kept_columns(view: View) -> dict[str, str]:
    """Return the columns of a view's table and their types, in words."""
    return {name: str(arrow) for name, arrow in _stored_fields(view)}


def table_spec(view: View) -> TableSpec:
    """Return the shape of the view's Delta table."""
    fields = [pa.field(name, arrow) for name, arrow in _stored_fields(view)]
    owner = ("process_id",) if view.scope == "process" else ()
    partition_by = (*owner, "date", "slice")
    times = (view.time_column, view.end_column)
    stats = [
        column.name
        for column in view.columns
        if (column.name in times or (column.name in _PRUNED and column.dtype == pl.String()))
        and column.name not in partition_by
    ]
    return TableSpec(
        name=view.table or view.name,
        schema=pa.schema([DATE_FIELD, SLICE_FIELD, *fields]),
        partition_by=partition_by,
        sort_by=tuple(_sort_columns(view)),
        stats_columns=tuple(stats),
        lookups=tuple(
            Lookup(one) if isinstance(one, str) else Lookup(*one) for one in view.found_by
        ),
        generation=generation_of(view),
    )


def to_storage(rows: pl.DataFrame, view: View, slice_: Slice) -> pa.Table:
    """
    Return rows of one slice as its table keeps them, in no particular order; text as views.

    Args:
        rows: Rows with exactly the view's columns.
        view: Whose rows.
        slice_: The slice that their blocks belong to; it gives the partition columns.
    """
    assert rows.schema == view.schema, f"{view.name}: {rows.schema} is not what the view declares"
    schema = table_spec(view).schema
    stored = rows.select(
        pl.lit(slice_.start.date()).alias("date"),
        pl.lit(slice_.hour).alias("slice"),
        *(expression for column in view.columns for expression in _stored_columns(column)),
    )
    return stored.select(schema.names).to_arrow(compat_level=pl.CompatLevel.newest())


def from_storage(
    rows: pl.LazyFrame, view: View, more: Mapping[str, pl.Expr] | None = None
) -> pl.LazyFrame:
    """
    Return stored rows as SQL sees them: the view's columns, types and order.

    *more* are further columns, computed from the stored ones.
    """
    further = [expression.alias(name) for name, expression in (more or {}).items()]
    return rows.select(*(_seen_column(column) for column in view.columns), *further)


def storage_filter(view: View, column: str, op: str, value: object) -> pl.Expr | None:
    """
    Return a filter on *stored* rows that keeps every row for which the predicate holds.

    It may keep more (a time is compared in microseconds), so the predicate itself must still be
    applied to what ``from_storage`` returns. None where stored rows tell nothing.

    Args:
        view: Whose rows.
        column: One of its columns.
        op: ``=``, ``<``, ``<=``, ``>``, ``>=`` or ``in``.
        value: Python scalar, Unix ns for times; a collection of those for ``in``.
    """
    dtype = view.schema[column]
    if dtype in {pl.Float64(), pl.Binary()} or dtype.is_nested():
        return None
    return stored_condition(pl.col(column), dtype, op, value)


def stored_condition(stored: pl.Expr, dtype: pl.DataType, op: str, value: object) -> pl.Expr:
    """Return ``storage_filter`` of a stored column that SQL sees as *dtype*."""
    if op == "in":
        assert isinstance(value, Collection)
        return stored.is_in(_stored_values(dtype, value).implode())
    return _COMPARISONS[op](stored, pl.lit(_stored_values(dtype, [value]).first()))


def _stored_values(dtype: pl.DataType, values: Collection[object]) -> pl.Series:
    if dtype != TIME:
        return pl.Series(list(values), dtype=_STORED.get(dtype, dtype))
    micros = [value // _NS_PER_US for value in values if isinstance(value, int)]
    assert len(micros) == len(values), "times are compared as Unix ns"
    return pl.Series(micros, dtype=pl.Int64).cast(_STORED_TIME)


def _stored_fields(view: View) -> Iterator[tuple[str, pa.DataType]]:
    for column in view.columns:
        yield column.name, _ARROW[column.dtype]
        if column.keeps_ns:
            yield column.name + REM, pa.int16()


def _sort_columns(view: View) -> Iterator[str]:
    exact = {column.name for column in view.columns if column.keeps_ns}
    for name in view.sort_by:
        yield name
        if name in exact:
            yield name + REM


def _stored_columns(column: Column) -> Iterator[pl.Expr]:
    seen = pl.col(column.name)
    if column.dtype != TIME:
        yield seen.cast(_STORED.get(column.dtype, column.dtype))
        return
    nanos = seen.to_physical()
    micros = nanos // _NS_PER_US
    yield micros.cast(_STORED_TIME).alias(column.name)
    if column.keeps_ns:
        yield (nanos - micros * _NS_PER_US).cast(pl.Int16).alias(column.name + REM)


def stored_dtype(column: Column) -> pl.DataType:
    """Return the type in which a table keeps a column, as Polars reads it."""
    return _STORED.get(column.dtype, column.dtype)


def seen_column(
    column: Column, stored: pl.Expr, rem: pl.Expr | None, *, strict: bool = True
) -> pl.Expr:
    """
    Return a column as SQL sees it.

    Args:
        column: The view's column.
        stored: What the table keeps of it.
        rem: Its nanoseconds below a microsecond; None where they are not kept.
        strict: A value that the type does not have is a fault; otherwise it is NULL.
    """
    if column.dtype != TIME:
        return stored.cast(column.dtype, strict=strict).alias(column.name)
    nanos = stored.cast(_STORED_TIME).to_physical() * _NS_PER_US
    if rem is not None:
        nanos = nanos + rem.fill_null(0)
    return nanos.cast(TIME).alias(column.name)


def _seen_column(column: Column) -> pl.Expr:
    rem = pl.col(column.name + REM) if column.keeps_ns else None
    return seen_column(column, pl.col(column.name), rem)
