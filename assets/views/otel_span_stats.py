"""
otel_span_stats: rate, errors and duration of spans, per minute, process, name and kind.

Durations spread over many powers of ten, so the histogram is one of their decimal logarithm:
``power(10, quantile_from_histogram(durations, 0.99))`` is a duration in nanoseconds.

Rule: stored rows are partial, one set per increment; ``merge`` adds them up at read.
"""

from datetime import timedelta

import polars as pl

from assets.decode.rows import HISTOGRAM
from assets.views.view import TIME, Column, Sources, View

BIN = timedelta(minutes=1)
KEYS = ("time_bin", "process_id", "exe", "name", "kind")
LOG_START, LOG_END, BINS = 3.0, 12.0, 90
"""From a microsecond to a thousand seconds, ten bins for each power of ten."""

COLUMNS = (
    Column("time_bin", TIME, "start of the minute in which the spans began"),
    Column("process_id", pl.String(), "process that ran the spans, UUID text"),
    Column("exe", pl.String(), "executable of the process: the service"),
    Column("name", pl.String(), "name of the spans: the operation"),
    Column("kind", pl.String(), "kind of the spans, such as `SERVER`"),
    Column("count", pl.Int64(), "spans that began in that minute"),
    Column("errors", pl.Int64(), "those of them whose status is `ERROR`"),
    Column("duration_sum", pl.Int64(), "sum of their durations, nanoseconds"),
    Column("duration_min", pl.Int64(), "shortest duration, nanoseconds"),
    Column("duration_max", pl.Int64(), "longest duration, nanoseconds"),
    Column("durations", HISTOGRAM, "histogram of log10 of the durations in nanoseconds"),
)

_PLACES = [f"bin {place}" for place in range(BINS)]
_SUMS = ("count", "errors", "duration_sum")
_LOG_SUMS = ("sum", "sum_sq")


def build(sources: Sources) -> pl.LazyFrame:
    """Sum up the given spans by minute, process, name and kind."""
    known = pl.col("duration").clip(lower_bound=1).cast(pl.Float64).log10()
    place = ((pl.col("log") - LOG_START) * (BINS / (LOG_END - LOG_START))).floor()
    return _finished(
        sources["otel_spans"]
        .select(
            pl.col("start_time").dt.truncate(BIN).alias("time_bin"),
            *KEYS[1:],
            pl.col("status").eq("ERROR").fill_null(value=False).alias("error"),
            "duration",
            known.alias("log"),
        )
        .with_columns(place.clip(0, BINS - 1).cast(pl.Int16).alias("place"))
        .group_by(KEYS)
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("error").sum().cast(pl.Int64).alias("errors"),
            pl.col("duration").sum().alias("duration_sum"),
            pl.col("duration").min().alias("duration_min"),
            pl.col("duration").max().alias("duration_max"),
            pl.col("log").sum().alias("sum"),
            (pl.col("log") * pl.col("log")).sum().alias("sum_sq"),
            *(
                pl.col("place").eq(place).sum().cast(pl.UInt64).alias(name)
                for place, name in enumerate(_PLACES)
            ),
        )
    )


def merge(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add up partial rows of the same minute, process, name and kind."""
    durations = pl.col("durations").struct.field
    return _finished(
        rows.with_columns(
            *(durations(name).alias(name) for name in _LOG_SUMS),
            *(
                durations("bins").list.get(place, null_on_oob=True).alias(name)
                for place, name in enumerate(_PLACES)
            ),
        )
        .group_by(KEYS)
        .agg(
            *(pl.col(name).sum() for name in (*_SUMS, *_LOG_SUMS, *_PLACES)),
            pl.col("duration_min").min(),
            pl.col("duration_max").max(),
        )
    )


def _finished(sums: pl.LazyFrame) -> pl.LazyFrame:
    """Make the histogram of its parts, and leave the view's columns."""
    parts = {
        "start": pl.lit(LOG_START),
        "end": pl.lit(LOG_END),
        "min": pl.col("duration_min").clip(lower_bound=1).cast(pl.Float64).log10(),
        "max": pl.col("duration_max").clip(lower_bound=1).cast(pl.Float64).log10(),
        "sum": pl.col("sum"),
        "sum_sq": pl.col("sum_sq"),
        "count": pl.col("count").cast(pl.UInt64),
        "bins": pl.concat_list(_PLACES),
    }
    histogram = pl.struct(part.alias(name) for name, part in parts.items()).cast(HISTOGRAM)
    return sums.with_columns(histogram.alias("durations")).select(c.name for c in COLUMNS)


OTEL_SPAN_STATS = View(
    name="otel_span_stats",
    doc="Rate, errors and duration of spans, per minute, process, name and kind.",
    columns=COLUMNS,
    time_column="time_bin",
    bin_width=BIN,
    sources=("otel_spans",),
    build=build,
    merge=merge,
    sort_by=("time_bin", "process_id"),
)
