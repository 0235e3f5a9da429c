"""Growing frames: one pass over each partition."""

from typing import Literal, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_engine.windows.bounds import Bounds
from query_engine.windows.limits import SCANNED_PARTITION_ROWS_MIN
from query_engine.windows.rows import Rows

Operation = Literal["sum", "min", "max"]
N = TypeVar("N", np.float64, np.int64)


def scannable(rows: Rows, bounds: Bounds) -> bool:
    """Tell whether all frames begin, or all end, with their partition, and a pass pays."""
    ends = bounds.running or bounds.closing
    return ends and int(rows.sizes.max(initial=0)) >= SCANNED_PARTITION_ROWS_MIN


def scanned(
    rows: Rows, bounds: Bounds, values: NDArray[N], operation: Operation, nothing: float
) -> NDArray[N]:
    """Return the operation over each frame; *nothing* for empty ones."""
    (stretch,) = bounds.stretches
    backwards = not bounds.running
    series = pl.Series("value", values)
    totals = passed(series, rows, operation, backwards=backwards)
    at = stretch.low if backwards else stretch.high - 1
    found = totals[np.clip(at, 0, max(0, len(totals) - 1))]
    return np.where(stretch.lengths > 0, found, np.asarray(nothing, dtype=values.dtype))


def passed(
    values: pl.Series, rows: Rows, operation: Operation, *, backwards: bool
) -> NDArray[np.generic]:
    """Return the operation over the rows from the partition's start to each (or to its end)."""
    column = pl.col("value")
    total = {
        "sum": column.cum_sum(reverse=backwards),
        "min": column.cum_min(reverse=backwards),
        "max": column.cum_max(reverse=backwards),
    }[operation]
    frame = pl.DataFrame([values])
    if len(rows.sizes) > 1:
        frame = frame.with_columns(pl.Series("partition", rows.partition).set_sorted())
        total = total.over("partition")
    return frame.select(total).to_series().to_numpy()
