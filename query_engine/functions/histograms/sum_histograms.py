"""sum_histograms(histogram): histograms of the same bins added up."""

import polars as pl

from query_engine.functions.function import (
    HISTOGRAM,
    AggregateFunction,
    Argument,
    BadValue,
    Example,
    Kind,
    Parameter,
)
from query_engine.functions.histograms.counting import COUNTS


def build(histogram: Argument) -> pl.Expr:
    """Reduce a group to its sums and the list of its bins, histogram after histogram."""
    known = histogram.expr.drop_nulls()
    field = known.struct.field
    bins = field("bins")
    return pl.struct(
        field("start").first(),
        field("start").n_unique().alias("starts"),
        field("end").first(),
        field("end").n_unique().alias("ends"),
        field("min").min(),
        field("max").max(),
        field("sum").sum(),
        field("sum_sq").sum(),
        field("count").sum(),
        bins.list.len().first().cast(pl.Int64).alias("length"),
        bins.list.len().n_unique().alias("lengths"),
        bins.list.explode().implode().alias("bins"),
    )


def added(groups: pl.Series) -> pl.Series:
    """Return one histogram for each group, all groups at once; NULL for a group without any."""
    frame = groups.struct.unnest().with_row_index("group")
    if frame.select(pl.max_horizontal("starts", "ends", "lengths").max()).item() not in {
        None,
        0,
        1,
    }:
        raise BadValue("sum_histograms: start, end and number of bins have to be the same")
    summed = (
        frame.lazy()
        .select("group", "length", "bins")
        .explode("bins", empty_as_null=False, keep_nulls=False)
        .with_columns((pl.int_range(pl.len()).over("group") % pl.col("length")).alias("bin"))
        .group_by("group", "bin")
        .agg(pl.col("bins").sum())
        .sort("group", "bin")
        .group_by("group", maintain_order=True)
        .agg("bins")
        .collect()
    )
    lists = frame.drop("bins").join(summed, on="group", how="left", maintain_order="left")
    empty = pl.lit([], dtype=COUNTS)
    fields = [pl.col(name).cast(dtype) for name, dtype in HISTOGRAM.to_schema().items()]
    return (
        lists.with_columns(pl.col("bins").fill_null(empty))
        .select(pl.when(pl.col("start").is_not_null()).then(pl.struct(fields)))
        .to_series()
        .cast(HISTOGRAM)
        .alias(groups.name)
    )


def finish(groups: pl.Expr, *_arguments: Argument) -> pl.Expr:
    """Add the bins of all groups at once."""
    return groups.map_batches(added, HISTOGRAM, is_elementwise=True)


SUM_HISTOGRAMS = AggregateFunction(
    name="sum_histograms",
    group="Histograms",
    parameters=(Parameter("histogram", Kind.HISTOGRAM),),
    returns=HISTOGRAM,
    build=build,
    finish=finish,
    doc=(
        "Histograms added up; their start, end and number of bins have to be the same. NULLs are "
        "left out, and nothing but NULLs is NULL."
    ),
    examples=(
        Example(
            "SELECT count_from_histogram(sum_histograms(h)) FROM (SELECT x, "
            "make_histogram(0, 4, 2, x) AS h FROM t GROUP BY x) AS parts",
            "3",
        ),
    ),
)
