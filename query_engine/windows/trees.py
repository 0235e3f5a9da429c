"""
Any stretch of rows from few precomputed parts: what begins at each row and is 1, 2, 4, 8 ... long.

Nothing is ever subtracted, so what one frame leaves out (a NaN, a number of another magnitude) does
not show in it.
"""

from collections.abc import Callable, Sequence

import numpy as np

from query_engine.windows.bounds import Stretch
from query_engine.windows.rows import Floats, Ints

Columns = tuple[Floats, ...]
Combine = Callable[[Columns, Columns], Columns]


def combined(
    values: Columns, stretch: Stretch, combine: Combine, nothing: Sequence[float]
) -> Columns:
    """
    Combine the rows of each stretch, in order.

    Args:
        values: What one row is, in one or more columns.
        stretch: Over the same rows.
        combine: Of two neighbours.
        nothing: What no row is: one value for each column.
    """
    lengths, at = stretch.lengths, stretch.low.copy()
    results = tuple(np.full(len(at), none) for none in nothing)
    longest = int(lengths.max(initial=0))
    width = 1
    while width <= longest:
        rows = np.flatnonzero(lengths & width)
        if len(rows):
            places = at[rows]
            before = tuple(result[rows] for result in results)
            after = combine(before, tuple(column[places] for column in values))
            for result, column in zip(results, after, strict=True):
                result[rows] = column
            at[rows] += width
        if 2 * width <= longest:
            doubled = combine(
                tuple(column[:-width] for column in values),
                tuple(column[width:] for column in values),
            )
            values = tuple(
                np.concatenate((new, old[-width:]))
                for new, old in zip(doubled, values, strict=True)
            )
        width *= 2
    return results


def extreme(values: Ints, stretch: Stretch, pick: np.ufunc, nothing: int) -> Ints:
    """Return the least or greatest of each stretch: two parts that overlap cover it."""
    lengths = stretch.lengths
    levels = np.frexp(lengths.astype(np.float64))[1] - 1
    result = np.full(len(lengths), nothing, dtype=np.int64)
    for level in range(int(levels.max(initial=-1)) + 1):
        width = 1 << level
        rows = np.flatnonzero(levels == level)
        if len(rows):
            last = stretch.high[rows] - width
            result[rows] = pick(values[stretch.low[rows]], values[last])
        if len(values) > width:
            values = np.concatenate((pick(values[:-width], values[width:]), values[-width:]))
    return result
