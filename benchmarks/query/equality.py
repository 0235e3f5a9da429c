"""Whether two engines gave the same answer: same rows, numbers within a rounding error."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pyarrow as pa

RELATIVE_MAX = 1e-6
"""Engines add floats in different orders; a larger relative difference is another answer."""

ABSOLUTE_MAX = 1e-6
"""The mean of a DECIMAL has six digits after the point in some engines and is a float in others."""


def difference(ours: pa.Table, theirs: pa.Table, *, ordered: bool) -> str | None:
    """Return in words how two answers differ, None when they are the same."""
    if ours.num_columns != theirs.num_columns:
        return f"{ours.num_columns} and {theirs.num_columns} columns"
    if ours.num_rows != theirs.num_rows:
        return f"{ours.num_rows} and {theirs.num_rows} rows"
    left, right = rows(ours), rows(theirs)
    if not ordered:
        left, right = sorted(left, key=rough), sorted(right, key=rough)
    for index, (a, b) in enumerate(zip(left, right, strict=True)):
        if not all(same(x, y) for x, y in zip(a, b, strict=True)):
            return f"row {index}: {a} and {b}"
    return None


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return the rows with numbers as floats."""
    columns = [[plain(value) for value in column.to_pylist()] for column in simple(table).columns]
    return list(zip(*columns, strict=True)) if columns else []


def simple(table: pa.Table) -> pa.Table:
    """Return the table with dictionaries unpacked, times in microseconds as the peers have them."""
    for index, field in enumerate(table.schema):
        column = table.column(index)
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        if pa.types.is_timestamp(field.type):
            column = column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        if pa.types.is_date(field.type):
            column = column.cast(pa.timestamp("us")).cast(pa.int64())
        table = table.set_column(index, field.name, column)
    return table


def plain(value: Any) -> Any:
    """Return a number as float; other values as they are, containers as text."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return float(value)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    return str(value)


def rough(row: tuple[Any, ...]) -> tuple[str, ...]:
    """Return a sort key in which almost equal numbers are alike, texts first."""
    exact = [f"{type(v).__name__}{v}" for v in row if not isinstance(v, float)]
    return (*exact, *(f"{v:+.4e}" for v in row if isinstance(v, float)))


def same(a: Any, b: Any) -> bool:
    """Tell whether two values are the same answer."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RELATIVE_MAX, abs_tol=ABSOLUTE_MAX) or (
            math.isnan(a) and math.isnan(b)
        )
    return bool(a == b)
