"""percent_rank(): the share of the other rows that come before."""

import numpy as np
import polars as pl

from query_engine.functions.function import Example
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Floats


def numbers(seen: Seen) -> Floats:
    """Divide the rows before the peers by the other rows."""
    rows = seen.rows
    share: Floats = (rows.group_starts - rows.starts) / np.maximum(rows.stops - rows.starts - 1, 1)
    return share


PERCENT_RANK = WindowFunction(
    name="percent_rank",
    parameters=(),
    returns=pl.Float64(),
    numbers=numbers,
    doc=("(rank - 1) / (rows of the partition - 1), from 0 to 1; 0 for a single row."),
    examples=(
        Example(
            "SELECT max(n) FROM (SELECT percent_rank() OVER (ORDER BY x) AS n FROM t)",
            "1.0",
        ),
    ),
)
