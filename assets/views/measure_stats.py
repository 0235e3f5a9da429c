"""
measure_stats: number, sum, least and greatest of the values of each metric, per minute and process.

A value that is not a number says nothing and is not counted: Prometheus marks the end of a series
with one.

Rule: stored rows are partial, one set per increment; ``merge`` adds them up at read.
"""

from datetime import timedelta

import polars as pl

from assets.views.view import TIME, Column, Sources, View

BIN = timedelta(minutes=1)
KEYS = ("time_bin", "process_id", "exe", "target", "name", "unit")
COLUMNS = (
    Column("time_bin", TIME, "start of the minute"),
    Column("process_id", pl.String(), "process that measured, UUID text"),
    Column("exe", pl.String(), "executable of the process"),
    Column("target", pl.String(), "module that owns the metric"),
    Column("name", pl.String(), "name of the metric"),
    Column("unit", pl.String(), "unit of the values, as the application named it"),
    Column("count", pl.Int64(), "values recorded in that minute"),
    Column("sum", pl.Float64(), "their sum; divided by the count, their mean"),
    Column("min", pl.Float64(), "the least of them"),
    Column("max", pl.Float64(), "the greatest of them"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Sum up the given values by minute, process and metric."""
    value = pl.col("value")
    return (
        sources["measures"]
        .select(pl.col("time").dt.truncate(BIN).alias("time_bin"), *KEYS[1:], "value")
        .filter(value.is_not_nan())
        .group_by(KEYS)
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            value.sum().alias("sum"),
            value.min().alias("min"),
            value.max().alias("max"),
        )
    )


def merge(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add up partial rows of the same minute, process and metric."""
    return rows.group_by(KEYS).agg(
        pl.col("count", "sum").sum(), pl.col("min").min(), pl.col("max").max()
    )


MEASURE_STATS = View(
    name="measure_stats",
    doc="Number, sum, least and greatest of the values of each metric, per minute and process.",
    columns=COLUMNS,
    time_column="time_bin",
    bin_width=BIN,
    sources=("measures",),
    build=build,
    merge=merge,
    sort_by=("time_bin", "process_id"),
)
