"""quantile_from_histogram(histogram, q): the value that a share of the values is below."""

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


def one_each(column: pl.Series, height: int) -> pl.Series:
    """Return a column of so many rows; a constant comes as one, also where there are none."""
    if len(column) == height:
        return column
    return column.new_from_index(0, height) if height else column.clear()


def estimated(columns: Sequence[pl.Series]) -> pl.Series:
    """
    Return the estimate of each row.

    It lies in the first bin that is not empty and up to which at least the share ``q`` of the
    values is counted, as far inside as the rest of the share; without such a bin it is the end.
    """
    lengths = {len(column) for column in columns}
    height = 0 if 0 in lengths else max(lengths)
    histograms, shares = (one_each(column, height) for column in columns)
    rows = histograms.struct.unnest().with_row_index("row").with_columns(shares.alias("q"))
    wanted = pl.col("q") * pl.col("count")
    below = pl.col("below").cast(pl.Float64)
    inside = (wanted - below) / pl.col("bins").cast(pl.Float64)
    width = (pl.col("end") - pl.col("start")) / pl.col("length")
    left = pl.col("start") + pl.col("bin") * width
    right = pl.col("start") + (pl.col("bin") + 1.0) * width
    found = (
        rows.lazy()
        .select(
            "row", "start", "end", "count", "bins", "q", pl.col("bins").list.len().alias("length")
        )
        .with_columns(pl.int_ranges(pl.col("length")).alias("bin"))
        .explode("bins", "bin", empty_as_null=False, keep_nulls=False)
        .with_columns((pl.col("bins").cum_sum().over("row") - pl.col("bins")).alias("below"))
        .filter(pl.col("bins") > 0, (pl.col("below") + pl.col("bins")) >= wanted)
        .group_by("row", maintain_order=True)
        .first()
        .select("row", ((1.0 - inside) * left + inside * right).alias("estimate"))
        .collect()
    )
    return (
        rows.join(found, on="row", how="left", maintain_order="left")
        .select(pl.when(pl.col("q").is_not_null()).then(pl.coalesce("estimate", "end")))
        .to_series()
    )


def build(histogram: Argument, share: Argument) -> pl.Expr:
    """Estimate for all rows at once."""
    if share.constant and share.value is None:
        raise BadArgument("q is NULL", index=1)
    return pl.map_batches(
        [histogram.expr, share.expr], estimated, pl.Float64(), is_elementwise=True
    )


QUANTILE_FROM_HISTOGRAM = ScalarFunction(
    name="quantile_from_histogram",
    group="Histograms",
    parameters=(Parameter("histogram", Kind.HISTOGRAM), Parameter("q", Kind.FLOAT)),
    returns=pl.Float64(),
    build=build,
    strict=False,
    doc=(
        "The value that the share q (0.0 to 1.0) of a histogram's values is below, estimated "
        "linearly within a bin; the end of the histogram if it has no values. q = 0 is the left "
        "edge of the first bin with values. A constant NULL as q is an error."
    ),
    examples=(
        Example("SELECT quantile_from_histogram(make_histogram(0, 4, 2, x), 0.5) FROM t", "2.5"),
    ),
)
