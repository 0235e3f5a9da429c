"""
Variances of frames.

All numbers are distances from one value of their partition, so that a small spread of large numbers
keeps its digits.
"""

import numpy as np
from numpy.typing import NDArray

from query_engine.windows.bounds import Bounds
from query_engine.windows.rows import Flags, Ints, Rows
from query_engine.windows.scans import scannable, scanned
from query_engine.windows.trees import Columns, combined

Floats = NDArray[np.float64]


def spread(
    rows: Rows, bounds: Bounds, values: Floats, known: Flags, lost: int
) -> tuple[Floats, Floats]:
    """Return each frame's variance with *lost* degrees of freedom lost, and its count of values."""
    anchor = first_known(rows, values, known, running=bounds.running or not bounds.closing)
    near = np.where(known, values - anchor, 0.0)
    if scannable(rows, bounds):
        counts, squares = grown(rows, bounds, near, known)
    else:
        parts = (known.astype(np.float64), near, np.zeros(len(values)))
        moments: Columns = (np.zeros(len(values)),) * 3
        for stretch in bounds.stretches:
            moments = merged(moments, combined(parts, stretch, merged, (0.0, 0.0, 0.0)))
        counts, squares = moments[0], moments[2]
    free = counts - lost
    return np.maximum(squares, 0.0) / np.where(free > 0, free, 1.0), counts


def merged(left: Columns, right: Columns) -> Columns:
    """
    Merge count, mean and sum of squared distances from the mean of two neighbours.

    The mean of nothing is 0, and so are its count and its share of what is merged.
    """
    n_left, mean_left, squares_left = left
    n_right, mean_right, squares_right = right
    counts = n_left + n_right
    share = n_right / np.maximum(counts, 1.0)
    apart = mean_right - mean_left
    between = apart * share
    mean = mean_left + between
    squares = squares_left + squares_right + apart * between * n_left
    return counts, mean, squares


def grown(rows: Rows, bounds: Bounds, near: Floats, known: Flags) -> tuple[Floats, Floats]:
    """
    Return counts and sums of squared distances from the mean of growing frames.

    *near* are distances from the frames' first value. It is in every frame, so the mean is never
    so far from it that squares lose what the variance needs.
    """
    counts = bounds.counted(known).astype(np.float64)
    sums = scanned(rows, bounds, near, "sum", 0.0)
    squares = scanned(rows, bounds, near * near, "sum", 0.0)
    return counts, squares - sums * sums / np.maximum(counts, 1.0)


def first_known(rows: Rows, values: Floats, known: Flags, *, running: bool) -> Floats:
    """Return for each row the first value of its partition, or the last if not *running*."""
    places = np.flatnonzero(known)
    if not len(places):
        return values
    if running:
        at: Ints = np.searchsorted(places, rows.starts)
        return values[places[np.minimum(at, len(places) - 1)]]
    at = np.searchsorted(places, rows.stops) - 1
    return values[places[np.maximum(at, 0)]]
