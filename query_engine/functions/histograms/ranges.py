"""
Histograms whose ranges differ in width: what is known of them at a bound, sums, quantiles.

Range i holds what is above ``bounds[i - 1]`` and at or below ``bounds[i]``; the first one has no
lower bound, the last one no upper. Rule: nothing is spread. How many values lie at or below some
number is known at a bound, and also inside of a range without values; histograms are added at the
numbers where all of them know it. So exponential ones of different scales meet at the coarser one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 5e-324
"""Half of the width of the range of an exponential histogram that holds zeros and nothing else."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """
    One histogram.

    Attributes:
        least, greatest: The least and the greatest value, if known.
        scale: Of exponential ranges, which are interpolated geometrically.
    """

    bounds: Floats
    counts: Ints
    least: float | None
    greatest: float | None
    scale: int | None

    @property
    def total(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    def below(self, numbers: Floats) -> tuple[Ints, NDArray[np.bool_]]:
        """Return how many values are at or below some numbers, and where that is known."""
        places = np.searchsorted(self.bounds, numbers, side="left")
        inside = places < len(self.bounds)
        at_bound = np.zeros(len(numbers), dtype=np.bool_)
        at_bound[inside] = self.bounds[places[inside]] == numbers[inside]
        return np.cumsum(self.counts)[places], at_bound | (self.counts[places] == 0)


def ranges_of(row: Mapping[str, Any]) -> Ranges | None:
    """Return the histogram of a row; None if bounds and counts do not fit together."""
    if row["bounds"] is None or row["counts"] is None:
        return None
    if None in row["bounds"] or None in row["counts"]:
        return None
    bounds = np.asarray(row["bounds"], dtype=np.float64)
    counts = np.asarray(row["counts"], dtype=np.int64)
    if len(counts) != len(bounds) + 1 or (counts < 0).any() or np.isnan(bounds).any():
        return None
    if (np.diff(bounds) <= 0).any():
        return None
    return Ranges(bounds, counts, known(row["min"]), known(row["max"]), row["scale"])


def known(value: float | None) -> float | None:
    """Return a number, None if it is not one."""
    return None if value is None or math.isnan(value) else value


def with_zeros_apart(bounds: list[float], counts: list[int]) -> tuple[list[float], list[int]]:
    """
    Return exponential ranges in which those around zero have an upper and a lower bound.

    As they are written out, the range around zero reaches to the first one on either side; where
    there is none, it ends at the threshold. Its values lie within the threshold on both sides.
    """
    zero = sum(bound <= 0 for bound in bounds)
    if bounds and bounds[-1] == 0:
        zero = len(bounds) - 1
    lower, upper = bounds[:zero], bounds[zero:]
    if not lower or not upper or len(counts) != len(bounds) + 1:
        return bounds, counts
    threshold = -lower[-1] if len(lower) == 1 else upper[0] if len(upper) == 1 else 0.0
    threshold = max(threshold, LEAST)
    lower[-1], upper[0] = lower[-1] or -LEAST, upper[0] or LEAST
    inner_low = [-threshold] if -threshold > lower[-1] else []
    inner_high = [threshold] if threshold < upper[0] else []
    empty = [0]
    spread = [*counts[:zero], *empty * len(inner_low), counts[zero]]
    spread += [*empty * len(inner_high), *counts[zero + 1 :]]
    return [*lower, *inner_low, *inner_high, *upper], spread


def added(parts: Sequence[Ranges]) -> Ranges:
    """Return the sum of some histograms."""
    numbers = np.unique(np.concatenate([part.bounds for part in parts]))
    found = [part.below(numbers) for part in parts]
    shared = np.logical_and.reduce([is_known for _, is_known in found])
    below = np.sum([count for count, _ in found], axis=0)[shared]
    filled = [part for part in parts if part.total]
    return Ranges(
        numbers[shared],
        np.diff(below, prepend=0, append=sum(part.total for part in parts)),
        of_all(min, [part.least for part in filled]),
        of_all(max, [part.greatest for part in filled]),
        of_all(min, [part.scale for part in parts]),
    )


def of_all(choose: Any, values: list[Any]) -> Any:
    """Return the least or greatest of some values, None if one is unknown."""
    return choose(values) if values and None not in values else None


def grown(later: Ranges, earlier: Ranges) -> Ranges | None:
    """Return what came to a histogram that only grows; None if it was begun anew in between."""
    numbers = np.unique(np.concatenate([later.bounds, earlier.bounds]))
    above, known_later = later.below(numbers)
    below, known_earlier = earlier.below(numbers)
    shared = known_later & known_earlier
    counts = np.diff((above - below)[shared], prepend=0, append=later.total - earlier.total)
    if (counts < 0).any():
        return None
    scale = of_all(min, [later.scale, earlier.scale])
    return Ranges(numbers[shared], counts, None, None, scale)


def quantile(ranges: Ranges, share: float) -> float | None:
    """Return the number that a share of the values is at or below; None if that is unknown."""
    total = ranges.total
    if total == 0 or not 0 <= share <= 1:
        return None
    below = np.cumsum(ranges.counts)
    wanted = share * total
    place = int(np.argmax((below >= wanted) & (ranges.counts > 0)))
    inside = (wanted - (below[place] - ranges.counts[place])) / ranges.counts[place]
    low = float(ranges.bounds[place - 1]) if place else -math.inf
    high = float(ranges.bounds[place]) if place < len(ranges.bounds) else math.inf
    if ranges.least is not None:
        low = max(low, ranges.least)
    if ranges.greatest is not None:
        high = min(high, ranges.greatest)
    if math.isinf(low) or math.isinf(high):
        one = high if math.isinf(low) else low
        return one if math.isfinite(one) else None
    return between(min(low, high), high, inside, geometric=ranges.scale is not None)


def row_of(ranges: Ranges | None) -> dict[str, Any] | None:
    """Return a histogram as a row."""
    if ranges is None:
        return None
    return {
        "bounds": ranges.bounds.tolist(),
        "counts": ranges.counts.tolist(),
        "min": ranges.least,
        "max": ranges.greatest,
        "scale": ranges.scale,
    }


def between(low: float, high: float, share: float, *, geometric: bool) -> float:
    """Return the number as far between two as a share says."""
    if geometric and (low > LEAST or high < -LEAST):
        ratio: float = (high / low) ** share
        return min(max(low * ratio, low), high)
    if geometric and -LEAST <= low <= high <= LEAST:
        return 0.0
    return min(max(low * (1 - share) + high * share, low), high)
