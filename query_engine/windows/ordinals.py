"""Values of any ordered type as 64-bit whole numbers in the same order, and back."""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_engine.windows.rows import Ints

LEAST = -(2**63)
GREATEST = 2**63 - 1
TOP_BIT = np.uint64(2**63)


def ordinals(values: pl.Series, moved_by: float = 0, *, descending: bool = False) -> Ints:
    """
    Return numbers in the order of *values* plus a constant; what NULLs become means nothing.

    A sum past the ends of the type stays at the end, as if the type had none. NaN is the greatest.
    """
    if values.dtype.is_float():
        numbers = float_ordinals(values.cast(pl.Float64).fill_null(0.0).to_numpy() + moved_by)
    else:
        numbers = saturated(whole_ordinals(values), int(moved_by))
    return ~numbers if descending else numbers


def whole_ordinals(values: pl.Series) -> Ints:
    """Return whole numbers and times as they are; unsigned 64 bits are moved down by half."""
    physical = values.to_physical().fill_null(0)
    if physical.dtype == pl.UInt64:
        return (physical.to_numpy() ^ TOP_BIT).view(np.int64)
    return physical.cast(pl.Int64).to_numpy()


def saturated(numbers: Ints, by: int) -> Ints:
    """Add without overflow; *by* may be longer than the type."""
    left = max(2 * LEAST, min(-2 * LEAST, by))
    while left:
        step = max(-GREATEST, min(GREATEST, left))
        left -= step
        if step > 0:
            numbers = np.minimum(numbers, GREATEST - step) + step
        else:
            numbers = np.maximum(numbers, LEAST - step) + step
    return numbers


def float_ordinals(values: NDArray[np.float64]) -> Ints:
    """Return the bits of floats as numbers in the floats' order; -0.0 is 0.0, NaN is one value."""
    plain = np.where(np.isnan(values), np.nan, values + 0.0)
    bits = plain.view(np.int64)
    return bits ^ ((bits >> 63) & GREATEST)


def float_values(numbers: Ints) -> NDArray[np.float64]:
    """Return the floats of ``float_ordinals``."""
    return (numbers ^ ((numbers >> 63) & GREATEST)).view(np.float64)


def coded(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return texts as numbers in their order, and the texts by number; only different ones sort."""
    different = texts.drop_nulls().unique().sort()
    return texts.cast(pl.Enum(different)).to_physical(), different


Back = Callable[[Ints], pl.Series]


def reversible(values: pl.Series) -> tuple[Ints, Back]:
    """Return the ordinals of any values with an order, and what turns them into values again."""
    dtype = values.dtype
    if dtype.is_float():
        floats = float_ordinals(values.cast(pl.Float64).fill_null(0.0).to_numpy())
        return floats, lambda found: pl.Series(float_values(found)).cast(dtype)
    if dtype == pl.UInt64:
        return whole_ordinals(values), lambda found: pl.Series(found.view(np.uint64) ^ TOP_BIT)
    if isinstance(dtype, pl.Boolean):
        return whole_ordinals(values), lambda found: pl.Series(found).cast(dtype)
    if dtype.is_integer() or dtype.is_temporal():
        whole = whole_ordinals(values)
        return whole, lambda found: pl.Series(found).cast(values.to_physical().dtype).cast(dtype)
    ranks = values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    some = np.zeros(int(ranks.max(initial=0)) + 1, dtype=np.int64)
    some[ranks] = np.arange(len(ranks))
    return ranks, lambda found: values.gather(some[found])
