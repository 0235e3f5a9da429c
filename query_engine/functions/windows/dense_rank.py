"""dense_rank(): the rank without gaps."""

import polars as pl

from query_engine.functions.function import Example
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def numbers(seen: Seen) -> Ints:
    """Count groups of peers."""
    rows = seen.rows
    return rows.group - rows.group[rows.starts] + 1


DENSE_RANK = WindowFunction(
    name="dense_rank",
    parameters=(),
    returns=pl.Int64(),
    numbers=numbers,
    doc=("The rank without gaps: one more than there are different values before it."),
    examples=(
        Example(
            "SELECT array_agg(n ORDER BY n) "
            "FROM (SELECT dense_rank() OVER (ORDER BY x) AS n FROM t)",
            "[1, 2, 2, 3]",
        ),
    ),
)
