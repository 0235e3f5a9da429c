"""ntile(buckets): which of so many equal parts of its partition the row is in."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from query_engine.functions.function import Argument, BadArgument, Example, Kind, Parameter
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def numbers(seen: Seen, buckets: int) -> Ints:
    """Divide evenly; the first buckets get the rows that are left over."""
    rows = seen.rows
    buckets = min(buckets, rows.count + 1)
    sizes = rows.stops - rows.starts
    at, small, large = rows.index - rows.starts, sizes // buckets, sizes % buckets
    in_large = large * (small + 1)
    late = large + (at - in_large) // np.maximum(small, 1)
    return np.where(at < in_large, at // (small + 1), late) + 1


def check(arguments: Sequence[Argument]) -> None:
    """There is at least one bucket."""
    if arguments[0].number < 1:
        raise BadArgument("buckets is 1 or more")


NTILE = WindowFunction(
    name="ntile",
    parameters=(Parameter("buckets", Kind.INTEGER, constant=True),),
    returns=pl.Int64(),
    numbers=numbers,
    check=check,
    doc="Which of so many parts of its partition, as equal as can be, the row is in, from 1.",
    examples=(
        Example(
            "SELECT array_agg(n ORDER BY n) FROM (SELECT ntile(3) OVER (ORDER BY x) AS n FROM t)",
            "[1, 1, 2, 3]",
        ),
    ),
)
