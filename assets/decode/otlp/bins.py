"""
Ranges of a histogram, which OTLP lets differ in width, as bins of equal width, which SQL adds up.

The bins go from the first bound to the last, so that all points of a metric with fixed bounds have
the same and can be added. Within a range, values are taken to be spread evenly; what lies below the
first bound is counted in the first bin, what lies above the last in the last one, as
``make_histogram`` does. ``bounds`` and ``counts`` beside it keep what was sent.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.decode.otlp.limits import HISTOGRAM_BINS
from assets.decode.rows import HISTOGRAM

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_COUNT_MAX = 2**36
"""A count beyond it is not spread: sums of 2^17 such counts would be more than floats can tell."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of numbers, one after another; list i is ``values[at[i]:at[i + 1]]``."""

    values: NDArray[Any]
    at: Ints

    @property
    def lengths(self) -> Ints:
        """How long each list is."""
        return np.asarray(np.diff(self.at), dtype=np.int64)

    @property
    def places(self) -> Ints:
        """The number of each value within its list."""
        return np.asarray(np.arange(self.at[-1]) - np.repeat(self.at[:-1], self.lengths))

    def sums(self) -> NDArray[Any]:
        """The sum of each list, none of which is empty."""
        return np.add.reduceat(self.values, self.at[:-1]) if len(self.at) > 1 else self.values

    def some(self, marks: Flags) -> Flags:
        """Tell for each list whether one of its values is marked."""
        before = offsets_of(marks)
        return np.asarray(before[self.at[1:]] > before[self.at[:-1]])


def offsets_of(lengths: NDArray[Any]) -> Ints:
    """Return where lists of these lengths begin, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Totals:
    """What points say of all their values; NaN is unknown, a count or a sum then is 0."""

    count: Ints
    sum: Floats
    low: Floats
    high: Floats


def binned(edges: Lists, counts: Lists, totals: Totals) -> pa.StructArray:
    """Return the histogram of each row; one bin where bounds and counts do not fit together."""
    with np.errstate(all="ignore"):
        good = _well_formed(edges, counts)
        start, end = (np.where(np.isnan(one), 0.0, one) for one in (totals.low, totals.high))
        end = np.maximum(start, end)
        start[good] = edges.values[edges.at[:-1][good]]
        end[good] = edges.values[edges.at[1:][good] - 1]
        width = np.where(good, HISTOGRAM_BINS, 1)
        bins = Lists(np.zeros(int(width.sum()), dtype=np.int64), offsets_of(width))
        inside = np.repeat(good, width)
        bins.values[~inside] = np.maximum(totals.count, 0)[~good]
        bins.values[inside] = _spread(edges, counts, good).ravel()
        each = np.repeat((end - start) / width, width)
        centre = np.repeat(start, width) + (bins.places + 0.5) * each
        squares = Lists(bins.values * centre * centre, bins.at).sums()
    lists = pa.LargeListArray.from_arrays(bins.at, bins.values.astype(np.uint64))
    columns = {
        "start": start,
        "end": end,
        "min": np.where(np.isnan(totals.low), start, totals.low),
        "max": np.where(np.isnan(totals.high), end, totals.high),
        "sum": totals.sum,
        "sum_sq": squares,
        "count": bins.sums().astype(np.uint64),
        "bins": lists,
    }
    assert list(columns) == [field.name for field in HISTOGRAM.fields]
    return pa.StructArray.from_arrays(
        [pa.array(column) if isinstance(column, np.ndarray) else column
         for column in columns.values()], list(columns)
    )  # fmt: skip


def _well_formed(edges: Lists, counts: Lists) -> Flags:
    """Tell which rows have two bounds or more that rise, and a count for each range."""
    lengths = edges.lengths
    steps = np.diff(edges.values / 2, prepend=0.0)
    steps[edges.at[:-1][lengths > 0]] = 1.0
    falling = ~(np.isfinite(edges.values) & (steps > 0))
    wrong = edges.some(falling) | counts.some((counts.values < 0) | (counts.values > _COUNT_MAX))
    return np.asarray((lengths >= 2) & (counts.lengths == lengths + 1) & ~wrong)


def _spread(edges: Lists, counts: Lists, good: Flags) -> Ints:
    """Return the bins of the good rows: differences of how many values lie below each edge."""
    rows = np.flatnonzero(good)
    if not len(rows):
        return np.zeros((0, HISTOGRAM_BINS), dtype=np.int64)
    lengths = edges.lengths[rows]
    inner = Lists(edges.values[np.repeat(good, edges.lengths)] / 2, offsets_of(lengths))
    low, high = inner.values[inner.at[:-1]], inner.values[inner.at[1:] - 1]
    place = (inner.values - np.repeat(low, lengths)) / np.repeat(high - low, lengths)
    below = np.cumsum(counts.values)
    begin = counts.at[rows]
    base = np.where(begin > 0, below[begin - 1], 0)
    at_bound = below[np.repeat(begin, lengths) + inner.places] - np.repeat(base, lengths)
    total = below[counts.at[rows + 1] - 1] - base
    # All rows in one interpolation: row i has the numbers from 2i to 2i + 1 for itself.
    row = np.arange(len(rows)) * 2.0
    asked = row[:, None] + np.arange(1, HISTOGRAM_BINS) / HISTOGRAM_BINS
    found = np.interp(asked.ravel(), np.repeat(row, lengths) + place, at_bound)
    whole = np.floor(found).astype(np.int64).reshape(len(rows), HISTOGRAM_BINS - 1)
    return np.asarray(np.diff(whole, axis=1, prepend=0, append=total[:, None]), dtype=np.int64)
