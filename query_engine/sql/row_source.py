"""What the engine asks a source of rows for, answered in one way by every source of ours."""

from collections.abc import Iterable, Iterator

import polars as pl


def wanted(
    parts: Iterable[pl.DataFrame],
    columns: list[str] | None,
    predicate: pl.Expr | None,
    rows_max: int | None,
) -> Iterator[pl.DataFrame]:
    """
    Yield of each part what is asked for; no part is made any more when there are rows enough.

    Args:
        parts: The rows of the source, made one part after the other.
        columns: Only these; None is all.
        predicate: Only rows for which it is true; it may read other columns.
        rows_max: At most so many rows in all.
    """
    left = rows_max
    for part in parts:
        rows = part if predicate is None else part.filter(predicate)
        rows = rows if columns is None else rows.select(columns)
        rows = rows if left is None else rows.head(left)
        yield rows
        if left is not None:
            left -= rows.height
            if left <= 0:
                return
