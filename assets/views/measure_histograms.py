"""measure_histograms: every point of every histogram that OpenTelemetry clients send."""

import polars as pl

from assets.decode.rows import EXEMPLARS, HISTOGRAM
from assets.views.view import PROPERTIES, TIME, Column, Sources, View

COLUMNS = (
    Column("process_id", pl.String(), "process that measured, UUID text"),
    Column("stream_id", pl.String(), "stream that carried the point"),
    Column("block_id", pl.String(), "block that carried the point"),
    Column("insert_time", TIME, "when the receiver stored the block"),
    Column("exe", pl.String(), "executable of the process: the service"),
    Column("username", pl.String(), "user that the process ran as"),
    Column("computer", pl.String(), "machine that the process ran on"),
    Column("time", TIME, "end of what the point sums up, to the nanosecond", keeps_ns=True),
    Column("start_time", TIME, "begin of what the point sums up; NULL when unknown", keeps_ns=True),
    Column("target", pl.String(), "instrumentation scope"),
    Column("name", pl.String(), "name of the metric"),
    Column("unit", pl.String(), "unit of the values, as the application named it"),
    Column("kind", pl.String(), "`histogram` or `exponential_histogram`"),
    Column("temporality", pl.String(), "`delta`, `cumulative` or `unspecified`"),
    Column("count", pl.Int64(), "values; NULL, as all numbers, when nothing was recorded"),
    Column("sum", pl.Float64(), "sum of the values, if sent"),
    Column("min", pl.Float64(), "least value, if sent"),
    Column("max", pl.Float64(), "greatest value, if sent"),
    Column("scale", pl.Int32(), "of an exponential histogram: its bounds are 2^(index / 2^scale)"),
    Column("bounds", pl.List(pl.Float64()), "bounds of the ranges, rising; each ends a range"),
    Column("counts", pl.List(pl.Int64()), "values in each range: one more than there are bounds"),
    Column("histogram", HISTOGRAM, "the same in 64 bins of equal width, for histogram functions"),
    Column("properties", PROPERTIES, "attributes of the point"),
    Column("property_types", pl.String(), "JSON of what properties were that are no strings"),
    Column("exemplars", EXEMPLARS, "single values with the ids of trace and span; time in Unix ns"),
    Column("process_properties", PROPERTIES, "attributes of the process"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Return the decoded histograms under the view's column order."""
    return sources["blocks:metrics/histograms"].select(column.name for column in COLUMNS)


MEASURE_HISTOGRAMS = View(
    name="measure_histograms",
    doc="Every point of every histogram, exponential or not, that OpenTelemetry clients send.",
    columns=COLUMNS,
    time_column="time",
    sources=("blocks:metrics/histograms",),
    build=build,
    sort_by=("process_id", "name", "time"),
)
