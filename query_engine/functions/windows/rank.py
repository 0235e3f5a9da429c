"""rank(): one more than the rows before its peers."""

import polars as pl

from query_engine.functions.function import Example
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def numbers(seen: Seen) -> Ints:
    """Count the rows before the peers."""
    return seen.rows.group_starts - seen.rows.starts + 1


RANK = WindowFunction(
    name="rank",
    parameters=(),
    returns=pl.Int64(),
    numbers=numbers,
    doc=("One more than the rows before it; rows alike in ORDER BY share a rank, a gap follows."),
    examples=(
        Example(
            "SELECT array_agg(n ORDER BY n) FROM (SELECT rank() OVER (ORDER BY x) AS n FROM t)",
            "[1, 2, 2, 4]",
        ),
    ),
)
