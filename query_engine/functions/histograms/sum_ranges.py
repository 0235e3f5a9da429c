"""sum_ranges(ranges): histograms of any ranges added up."""

import numpy as np
import polars as pl

from query_engine.functions.function import (
    RANGES,
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)
from query_engine.functions.histograms.ranges import (
    Ranges,
    added,
    known,
    of_all,
    ranges_of,
    row_of,
)


def build(ranges: Argument) -> pl.Expr:
    """Keep the histograms of a group, those of the same bounds summed up."""
    return ranges.expr.drop_nulls().implode()


def summed(groups: pl.Series) -> pl.Series:
    """Return one histogram for each group; NULL for one without any."""
    rows = [row_of(_sum(group)) for group in groups]
    return pl.Series(groups.name, rows, dtype=RANGES)


def _sum(group: pl.Series) -> Ranges | None:
    if group is None or group.is_empty():
        return None
    alike = _summed_alike(group)
    if alike is not None:
        return alike
    parts = [part for row in group.to_list() if (part := ranges_of(row)) is not None]
    return added(parts) if parts else None


def _summed_alike(group: pl.Series) -> Ranges | None:
    """Return the sum of histograms of the same bounds, which most groups are; None if not all."""
    parts = group.struct.unnest()
    first = ranges_of(parts.row(0, named=True))
    lengths = parts.select(pl.col("bounds", "counts").list.len().n_unique()).row(0)
    if first is None or lengths != (1, 1):
        return None
    shape = (parts.height, -1)
    bounds = parts["bounds"].explode(empty_as_null=False).to_numpy().reshape(shape)
    counts = parts["counts"].explode(empty_as_null=False).to_numpy().reshape(shape)
    if counts.dtype != np.int64 or (counts < 0).any() or (bounds != bounds[0]).any():
        return None
    filled = parts.filter(pl.lit(counts.sum(axis=1)) > 0)
    extremes = filled if filled.height else parts
    return Ranges(
        first.bounds,
        counts.sum(axis=0),
        of_all(min, list(map(known, extremes["min"]))),
        of_all(max, list(map(known, extremes["max"]))),
        of_all(min, parts["scale"].to_list()),
    )


def finish(groups: pl.Expr, *_arguments: Argument) -> pl.Expr:
    """Add the histograms of each group."""
    return groups.map_batches(summed, RANGES, is_elementwise=True)


SUM_RANGES = AggregateFunction(
    name="sum_ranges",
    group="Histograms",
    parameters=(Parameter("ranges", Kind.RANGES),),
    returns=RANGES,
    build=build,
    finish=finish,
    doc=(
        "Histograms of make_ranges added up, exactly: the sum has the bounds at which every one of "
        "them tells how many values are below, so different bounds meet at those they share, and "
        "exponential ones at the coarser scale. min and max are known if they are of all. NULLs "
        "and what does not fit together are left out."
    ),
    examples=(
        Example(
            "SELECT quantile_from_ranges(sum_ranges(make_ranges([0, x, 8], [0, 1, 1, 0])), 0.5) "
            "FROM t WHERE x = 2",
            "2.0",
        ),
    ),
)
