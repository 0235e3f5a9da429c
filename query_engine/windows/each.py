"""Aggregates that cannot be put together from parts: every different frame by itself."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from assets.errors import CallerError
from query_engine.windows.bounds import Bounds
from query_engine.windows.limits import FRAME_CHUNK_ROWS, FRAME_ROWS_MAX
from query_engine.windows.rows import Ints, Rows

FRAME = "#frame"


class FrameTooLarge(CallerError):
    """The frames of an aggregate have more rows, all together, than FRAME_ROWS_MAX."""

    code = "sql_too_large"


def each(rows: Rows, bounds: Bounds, columns: Sequence[pl.Series], aggregate: pl.Expr) -> pl.Series:
    """
    Return *aggregate* over each frame.

    Args:
        rows: Sorted.
        bounds: The frames.
        columns: What the aggregate reads, over the sorted rows.
        aggregate: Yields one value for a group, in the order of its rows.

    Raises:
        FrameTooLarge: There is too much to write out.
    """
    table = pl.DataFrame([*columns, pl.Series(FRAME, rows.partition).set_sorted()])
    if bounds.whole:
        return grouped(table, aggregate).gather(rows.partition)
    number, first = different(bounds)
    lows = np.array([stretch.low[first] for stretch in bounds.stretches])
    highs = np.array([stretch.high[first] for stretch in bounds.stretches])
    sizes = bounds.sizes()[first]
    if int(sizes.sum()) > FRAME_ROWS_MAX:
        raise FrameTooLarge(
            f"the frames of this window have {int(sizes.sum())} rows together, more than "
            f"{FRAME_ROWS_MAX} (FRAME_ROWS_MAX)"
        )
    filled = np.flatnonzero(sizes)
    parts = [
        grouped(written_out(table, lows[:, part], highs[:, part]), aggregate)
        for part in chunks(filled, sizes)
    ]
    nothing = table.head(0).select(aggregate).to_series()
    place = np.full(len(first), len(filled), dtype=np.int64)
    place[filled] = np.arange(len(filled))
    parts = [part.alias("value") for part in (*parts, nothing)]
    return pl.concat(parts).gather(place[number])


def grouped(table: pl.DataFrame, aggregate: pl.Expr) -> pl.Series:
    """Return the aggregate of each frame in order."""
    groups = table.group_by(FRAME, maintain_order=True).agg(aggregate.alias("value"))
    return groups.get_column("value")


def different(bounds: Bounds) -> tuple[Ints, Ints]:
    """Return the number of each row's frame, equal neighbours sharing one, and a row of each."""
    size = len(bounds.stretches[0].low)
    new = np.zeros(size, dtype=np.bool_)
    new[:1] = True
    for stretch in bounds.stretches:
        new[1:] |= (np.diff(stretch.low) != 0) | (np.diff(stretch.high) != 0)
    return np.cumsum(new) - 1, np.flatnonzero(new)


def chunks(filled: Ints, sizes: Ints) -> list[Ints]:
    """Cut frames into runs of about FRAME_CHUNK_ROWS rows."""
    before = np.cumsum(sizes[filled]) - sizes[filled]
    if not len(before):
        return []
    cuts = np.flatnonzero(np.diff(before // FRAME_CHUNK_ROWS)) + 1
    return np.split(filled, cuts)


def written_out(table: pl.DataFrame, lows: Ints, highs: Ints) -> pl.DataFrame:
    """Return the rows of all frames one after the other, with the number of their frame."""
    stretches, frames = lows.shape
    low, sizes = lows.T.ravel(), (highs - lows).T.ravel()
    starts = np.cumsum(sizes) - sizes
    places = np.repeat(low - starts, sizes) + np.arange(int(sizes.sum()))
    number = np.repeat(np.repeat(np.arange(frames), stretches), sizes)
    numbers = pl.Series(FRAME, number).set_sorted()
    return table.drop(FRAME).select(pl.all().gather(places)).with_columns(numbers)
