"""
Inclusive and self time by call path: what a flame graph shows.

The self time of a span is its duration without the time in which at least one of its children ran,
so that children that ran at once, as those of coroutines do, count once.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_engine.spans.forest import Forest, forest
from query_engine.spans.limits import FLAME_DEPTH_MAX
from query_engine.spans.paths import call_paths
from query_engine.spans.sorting import Ints, by_group

FLAME = pl.Schema(
    {
        "path": pl.String(),
        "name": pl.String(),
        "depth": pl.UInt32(),
        "parent_path": pl.String(),
        "count": pl.UInt64(),
        "inclusive": pl.Int64(),
        "self": pl.Int64(),
        "min": pl.Int64(),
        "max": pl.Int64(),
    }
)
"""Columns of a flame table; times in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Flame:
    """
    The step of a plan that makes a flame table of spans.

    Attributes:
        begin_ns: Of each span the part from here on counts (Unix ns); None: all of it.
        end_ns: And the part up to here.
    """

    begin_ns: int | None = None
    end_ns: int | None = None

    def __call__(self, spans: pl.DataFrame) -> pl.DataFrame:
        """
        Return a row for each call path, those that took the most time first (schema ``FLAME``).

        Args:
            spans: ``id``, ``parent``, ``begin``, ``end`` (Unix ns, int64) and ``name``.

        Raises:
            TooManyPaths: There are more call paths than can be told apart.
        """
        kept = self._within(spans)
        tree = forest(kept["id"].to_numpy(), kept["parent"].to_numpy())
        begin, end = kept["begin"].to_numpy(), kept["end"].to_numpy()
        paths = call_paths(tree, kept["name"], FLAME_DEPTH_MAX, "ask for a shorter range")
        told = tree.depth <= FLAME_DEPTH_MAX
        times = pl.DataFrame(
            {
                "number": paths.of_span,
                "duration": end - begin,
                "self": end - begin - time_in_children(tree, begin, end, told),
            }
        )
        by_path = (
            times.filter(pl.col("number") >= 0)
            .group_by("number")
            .agg(
                pl.len().cast(pl.UInt64()).alias("count"),
                pl.col("duration").sum().alias("inclusive"),
                pl.col("self").sum(),
                pl.col("duration").min().alias("min"),
                pl.col("duration").max().alias("max"),
            )
        )
        described = paths.table.with_row_index("number").with_columns(
            pl.col("number").cast(pl.Int64)
        )
        rows = described.join(by_path, on="number")
        return rows.sort(["inclusive", "path"], descending=[True, False]).select(FLAME.names())

    def _within(self, spans: pl.DataFrame) -> pl.DataFrame:
        """Return the spans that overlap the range, cut to it."""
        low = -(1 << 62) if self.begin_ns is None else self.begin_ns
        high = (1 << 62) if self.end_ns is None else self.end_ns
        return spans.filter(pl.col("end") >= low, pl.col("begin") <= high).with_columns(
            pl.col("begin").clip(low, high), pl.col("end").clip(low, high)
        )


def time_in_children(tree: Forest, begin: Ints, end: Ints, told: NDArray[np.bool_]) -> Ints:
    """
    Return for each span the nanoseconds in which at least one of its children ran.

    Args:
        tree: Who is whose parent.
        begin: When each span began, ns.
        end: When it ended.
        told: Which spans count as children.
    """
    children = np.flatnonzero((tree.parent >= 0) & told)
    parent = tree.parent[children]
    first = np.maximum(begin[children], begin[parent])
    last = np.maximum(np.minimum(end[children], end[parent]), first)
    order = by_group(parent, first)
    parent, first, last = parent[order], first[order], last[order]
    siblings = parent[1:] == parent[:-1]
    if np.any(siblings & (first[1:] < last[:-1])):
        # Only then: the running maximum costs more than all the rest.
        so_far = pl.DataFrame({"parent": parent, "last": last}).select(
            pl.col("last").cum_max().over("parent")
        )["last"]
        before = np.full(len(first), np.iinfo(np.int64).min)
        before[1:] = np.where(siblings, so_far.to_numpy()[:-1], before[1:])
        first = np.minimum(np.maximum(first, before), last)
    # Whole nanoseconds stay exact in float64 up to 104 days for each span.
    weights = (last - first).astype(np.float64)
    return np.bincount(parent, weights=weights, minlength=len(begin)).astype(np.int64)
