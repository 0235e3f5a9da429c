"""cume_dist(): the share of rows up to and with its peers."""

import polars as pl

from query_engine.functions.function import Example
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Floats


def numbers(seen: Seen) -> Floats:
    """Divide the rows up to the last peer by all rows."""
    rows = seen.rows
    return (rows.group_stops - rows.starts) / (rows.stops - rows.starts)


CUME_DIST = WindowFunction(
    name="cume_dist",
    parameters=(),
    returns=pl.Float64(),
    numbers=numbers,
    doc=("The share of the partition's rows that come before the row or are its peers."),
    examples=(
        Example(
            "SELECT min(n) FROM (SELECT cume_dist() OVER (ORDER BY x) AS n FROM t)",
            "0.25",
        ),
    ),
)
