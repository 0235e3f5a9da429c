"""row_number(): the number of the row in its partition, from 1."""

import polars as pl

from query_engine.functions.function import Example
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def numbers(seen: Seen) -> Ints:
    """Count rows."""
    return seen.rows.index - seen.rows.starts + 1


ROW_NUMBER = WindowFunction(
    name="row_number",
    parameters=(),
    returns=pl.Int64(),
    numbers=numbers,
    doc=(
        "The number of the row in its partition, from 1; rows alike in ORDER BY come in any order."
    ),
    examples=(
        Example(
            "SELECT array_agg(n ORDER BY n) "
            "FROM (SELECT row_number() OVER (ORDER BY x) AS n FROM t)",
            "[1, 2, 3, 4]",
        ),
    ),
)
