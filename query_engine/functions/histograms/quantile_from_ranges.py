"""quantile_from_ranges(ranges, q): the value that a share of the values is at or below."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.histograms.quantile_from_histogram import one_each
from query_engine.functions.histograms.ranges import quantile, ranges_of


def estimated(columns: Sequence[pl.Series]) -> pl.Series:
    """Return the estimate of each row."""
    lengths = {len(column) for column in columns}
    height = 0 if 0 in lengths else max(lengths)
    rows, shares = (one_each(column, height) for column in columns)
    found = [
        None if row is None or share is None else _estimate(row, share)
        for row, share in zip(rows.to_list(), shares.to_list(), strict=True)
    ]
    return pl.Series(rows.name, found, dtype=pl.Float64)


def _estimate(row: dict[str, object], share: float) -> float | None:
    ranges = ranges_of(row)
    return None if ranges is None else quantile(ranges, share)


def build(ranges: Argument, share: Argument) -> pl.Expr:
    """Estimate row by row."""
    if share.constant:
        if share.value is None:
            raise BadArgument("q is NULL", index=1)
        if not 0 <= share.number <= 1:
            raise BadArgument(f"q has to be from 0 to 1, not {share.number}", index=1)
    return pl.map_batches([ranges.expr, share.expr], estimated, pl.Float64(), is_elementwise=True)


QUANTILE_FROM_RANGES = ScalarFunction(
    name="quantile_from_ranges",
    group="Histograms",
    parameters=(Parameter("ranges", Kind.RANGES), Parameter("q", Kind.FLOAT)),
    returns=pl.Float64(),
    build=build,
    strict=False,
    doc=(
        "The value that the share q (0.0 to 1.0) of the values is at or below, interpolated in "
        "its range: linearly, or geometrically where ranges are exponential. It is never outside "
        "of min and max; without them, an outer range is its bound. NULL without values, or if "
        "bounds and counts do not fit together."
    ),
    examples=(
        Example(
            "SELECT quantile_from_ranges(make_ranges([10, 20], [4, 4, 0], 2, 20), 0.25)", "6.0"
        ),
    ),
)
