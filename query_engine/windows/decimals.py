"""Sums and means of DECIMAL frames: differences of running sums of whole numbers, so exact."""

import polars as pl

from query_engine.functions.decimals import mean_of_sum, scaled
from query_engine.windows.bounds import Bounds

TOTAL = pl.col("total")
COUNT = pl.col("count")


def decimal_sum(bounds: Bounds, values: pl.Series, dtype: pl.Decimal) -> pl.Series:
    """Return the sum of each frame, NULL where it has no value."""
    table = totals(bounds, values)
    return table.select(pl.when(COUNT > 0).then(scaled(TOTAL, dtype))).to_series()


def decimal_mean(bounds: Bounds, values: pl.Series, dtype: pl.Decimal) -> pl.Series:
    """Return the mean of each frame, NULL where it has no value."""
    assert isinstance(values.dtype, pl.Decimal), "the caller has looked"
    total = scaled(TOTAL, pl.Decimal(38, values.dtype.scale))
    return totals(bounds, values).select(mean_of_sum(total, COUNT, dtype)).to_series()


def totals(bounds: Bounds, values: pl.Series) -> pl.DataFrame:
    """Return the unscaled sum and the count of values of each frame."""
    known = values.is_not_null().to_numpy()
    whole = values.to_physical().cast(pl.Int128).fill_null(0)
    before = pl.concat([pl.Series([0], dtype=pl.Int128), whole.cum_sum().alias("")])
    parts = [before.gather(s.high) - before.gather(s.low) for s in bounds.stretches]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return pl.DataFrame({"total": total, "count": bounds.counted(known)})
