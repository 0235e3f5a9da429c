"""
Aggregates whose frames are put together from parts, by the aggregate's name.

An aggregate that is not here is computed frame by frame (``each.py``).
"""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_engine.windows.bounds import Bounds
from query_engine.windows.decimals import decimal_mean, decimal_sum
from query_engine.windows.ordinals import GREATEST, LEAST, reversible
from query_engine.windows.rows import Flags, Ints, Rows
from query_engine.windows.scans import scannable, scanned
from query_engine.windows.spread import spread
from query_engine.windows.trees import Columns, combined, extreme

Floats = NDArray[np.float64]
Fold = Callable[[Rows, Bounds, pl.Series, pl.DataType], pl.Series]

EXACT_MAX = 2**53
"""Sums of whole numbers below are exact as floats too."""


def known(values: pl.Series) -> Flags:
    """Return which values are not NULL."""
    return values.is_not_null().to_numpy()


def nullable(values: pl.Series, filled: Flags) -> pl.Series:
    """Return *values*, NULL where not *filled*."""
    if filled.all():
        return values
    frame = pl.DataFrame([values.alias("value"), pl.Series("filled", filled)])
    return frame.select(pl.when("filled").then("value")).to_series()


def count(_rows: Rows, bounds: Bounds, values: pl.Series, _dtype: pl.DataType) -> pl.Series:
    """How many values are not NULL."""
    return pl.Series(bounds.counted(known(values)))


def total(rows: Rows, bounds: Bounds, values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """The sum; whole numbers wrap around as they do elsewhere."""
    if isinstance(dtype, pl.Decimal):
        return decimal_sum(bounds, values, dtype)
    filled = bounds.counted(known(values)) > 0
    if values.dtype.is_float():
        return nullable(pl.Series(float_sums(rows, bounds, floats(values))), filled)
    sums = bounds.totals(wholes(values))
    result = pl.Series(sums.view(np.uint64)) if dtype == pl.UInt64 else pl.Series(sums).cast(dtype)
    return nullable(result, filled)


def mean(rows: Rows, bounds: Bounds, values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """The mean, as a float; that of decimals is one."""
    if isinstance(dtype, pl.Decimal):
        return decimal_mean(bounds, values, dtype)
    counts = bounds.counted(known(values))
    sums = None
    if values.dtype.is_integer() and values.dtype != pl.UInt64:
        whole = wholes(values)
        largest = max(abs(int(whole.max(initial=0))), abs(int(whole.min(initial=0))))
        if largest * int(counts.max(initial=0)) < EXACT_MAX:
            sums = bounds.totals(whole).astype(np.float64)
    if sums is None:
        sums = float_sums(rows, bounds, floats(values))
    return nullable(pl.Series(sums / np.maximum(counts, 1)), counts > 0)


def least(rows: Rows, bounds: Bounds, values: pl.Series, _dtype: pl.DataType) -> pl.Series:
    """The least value."""
    return extremes(rows, bounds, values, greatest=False)


def greatest(rows: Rows, bounds: Bounds, values: pl.Series, _dtype: pl.DataType) -> pl.Series:
    """The greatest value."""
    return extremes(rows, bounds, values, greatest=True)


def extremes(rows: Rows, bounds: Bounds, values: pl.Series, *, greatest: bool) -> pl.Series:
    """The least or the greatest value; NaN is greater than every number."""
    numbers, back = reversible(values)
    nothing, pick = (LEAST, np.maximum) if greatest else (GREATEST, np.minimum)
    filled = known(values)
    numbers = np.where(filled, numbers, nothing)
    if scannable(rows, bounds):
        found = scanned(rows, bounds, numbers, "max" if greatest else "min", nothing)
    else:
        parts = [extreme(numbers, s, pick, nothing) for s in bounds.stretches]
        found = pick.reduce(parts)
    any_value = bounds.counted(filled) > 0
    some = int(numbers[filled][0]) if filled.any() else 0
    return nullable(back(np.where(any_value, found, some)), any_value)


def float_sums(rows: Rows, bounds: Bounds, values: Floats) -> Floats:
    """Return the sum of each frame; 0 for empty ones."""
    if scannable(rows, bounds):
        return scanned(rows, bounds, values, "sum", 0.0)
    parts = [combined((values,), s, added, (0.0,))[0] for s in bounds.stretches]
    sums: Floats = np.sum(parts, axis=0)
    return sums


def added(left: Columns, right: Columns) -> Columns:
    """Return the sums of neighbours."""
    return (np.add(left[0], right[0]),)


def floats(values: pl.Series) -> Floats:
    """Return numbers as floats, NULLs as 0."""
    return values.cast(pl.Float64).fill_null(0.0).to_numpy()


def wholes(values: pl.Series) -> Ints:
    """Return whole numbers and intervals in 64 bits, NULLs as 0."""
    physical = values.to_physical().fill_null(0)
    if physical.dtype == pl.UInt64:
        return physical.to_numpy().view(np.int64)
    return physical.cast(pl.Int64).to_numpy()


def spread_of(*, root: bool, lost: int) -> Fold:
    """Return the variance (or its *root*) with *lost* degrees of freedom lost."""

    def fold(rows: Rows, bounds: Bounds, values: pl.Series, _dtype: pl.DataType) -> pl.Series:
        variance, counts = spread(rows, bounds, floats(values), known(values), lost)
        return nullable(pl.Series(np.sqrt(variance) if root else variance), counts > lost)

    return fold


FOLDS: Mapping[str, Fold] = {
    "count": count,
    "sum": total,
    "avg": mean,
    "min": least,
    "max": greatest,
    "bool_and": least,
    "bool_or": greatest,
    "var": spread_of(root=False, lost=1),
    "var_pop": spread_of(root=False, lost=0),
    "stddev": spread_of(root=True, lost=1),
    "stddev_pop": spread_of(root=True, lost=0),
}
"""What is put together, by the name of the aggregate."""


def foldable(name: str, dtype: pl.DataType) -> bool:
    """Tell whether an aggregate over values of a type is put together from parts."""
    if name not in FOLDS:
        return False
    if name == "count":
        return True
    if name in {"min", "max", "bool_and", "bool_or"}:
        return not dtype.is_nested()
    if name == "sum" and isinstance(dtype, pl.Duration):
        return True
    if dtype.is_decimal():
        return name in {"sum", "avg"}
    return dtype.is_numeric() and dtype != pl.Int128
