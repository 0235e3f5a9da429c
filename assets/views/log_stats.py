"""
log_stats: how many log records per minute, process, level and target.

Rule: stored rows are partial counts, one set per increment; ``merge`` adds them up at read, so a
count is right whatever the increments were.
"""

from datetime import timedelta

import polars as pl

from assets.views.view import TIME, Column, Sources, View

BIN = timedelta(minutes=1)
KEYS = ("time_bin", "process_id", "level", "target")
COLUMNS = (
    Column("time_bin", TIME, "start of the minute"),
    Column("process_id", pl.String(), "process that logged, UUID text"),
    Column("level", pl.Int32(), "1 fatal, 2 error, 3 warning, 4 info, 5 debug, 6 trace"),
    Column("target", pl.String(), "logger or module"),
    Column("count", pl.Int64(), "log records in that minute"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Count the given log entries by minute, process, level and target."""
    return (
        sources["log_entries"]
        .select(pl.col("time").dt.truncate(BIN).alias("time_bin"), "process_id", "level", "target")
        .group_by(KEYS)
        .agg(pl.len().cast(pl.Int64).alias("count"))
    )


def merge(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add up partial counts of the same minute, process, level and target."""
    return rows.group_by(KEYS).agg(pl.col("count").sum())


LOG_STATS = View(
    name="log_stats",
    doc="How many log records per minute, process, level and target.",
    columns=COLUMNS,
    time_column="time_bin",
    bin_width=BIN,
    sources=("log_entries",),
    build=build,
    merge=merge,
    sort_by=("time_bin", "process_id"),
)
