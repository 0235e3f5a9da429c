"""
Ticks of a block as exact Unix nanoseconds.

The extremes are converted first, in Python's unbounded integers, and must lie in the block's closed
range. The conversion never decreases, so every other time then lies there too, and 64-bit
arithmetic (which wraps consistently) gives each of them exactly.
"""

from typing import NamedTuple

import polars as pl

from assets.decode.limits import TICKS_PER_SECOND_MAX
from assets.decode.limnograph_v1.columns import Columns
from assets.decode.rows import TIME

_SECOND_NS = 1_000_000_000
_INT64 = 2**63


class Extents(NamedTuple):
    """When spans began and ended (Unix ns, UTC), and how long they took (ns)."""

    begin: pl.Series
    end: pl.Series
    duration: pl.Series


def extents(columns: Columns) -> Extents:
    """
    Return the times of a block's spans, from its columns of begins and durations.

    Raises:
        BlockCorrupt: As `times`, or a span ends before it begins.
    """
    elapsed = columns.within("duration", columns.numbers("duration"), 0)
    since = since_origin(columns, "begin")
    begin = times(columns, "begin", since)
    end = times(columns, "duration", since + elapsed)
    return Extents(begin, end, end.cast(pl.Int64) - begin.cast(pl.Int64))


def since_origin(columns: Columns, name: str) -> pl.Series:
    """Return the ticks since the block's origin, from a column of differences."""
    return columns.numbers(name).cum_sum()


def times(columns: Columns, name: str, ticks: pl.Series) -> pl.Series:
    """
    Return the Unix times (ns, UTC) of *ticks* since the block's origin, rounded down.

    Raises:
        BlockCorrupt: The clock makes no sense, or a time lies outside the block's range.
    """
    clock, block = columns.opened.clock, columns.block
    frequency, origin = clock.ticks_per_second, clock.origin_unix_ns
    if not 0 < frequency <= TICKS_PER_SECOND_MAX:
        raise columns.corrupt(f"{frequency} ticks/s is over {TICKS_PER_SECOND_MAX=}")
    if not -_INT64 <= origin < _INT64:
        raise columns.corrupt(f"the clock's origin {origin} ns is no time")
    if len(ticks):
        first, last = ticks.min(), ticks.max()
        assert isinstance(first, int)
        assert isinstance(last, int)
        earliest, latest = (origin + tick * _SECOND_NS // frequency for tick in (first, last))
        if earliest < block.begin_time_ns or latest > block.end_time_ns:
            raise columns.corrupt(
                f"column {name}: times {earliest}..{latest} ns are outside the block's range "
                f"{block.begin_time_ns}..{block.end_time_ns}"
            )
    if frequency == _SECOND_NS:
        return (ticks + origin).cast(TIME)
    seconds = ticks // frequency
    rest = ticks - seconds * frequency
    return (seconds * _SECOND_NS + rest * _SECOND_NS // frequency + origin).cast(TIME)
