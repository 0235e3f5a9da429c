"""log_entries: every log record of every process."""

import polars as pl

from assets.views.view import PROPERTIES, TIME, Column, Sources, View

COLUMNS = (
    Column("process_id", pl.String(), "process that logged, UUID text"),
    Column("stream_id", pl.String(), "stream that carried the record"),
    Column("block_id", pl.String(), "block that carried the record"),
    Column("insert_time", TIME, "when the receiver stored the block"),
    Column("exe", pl.String(), "executable of the process"),
    Column("username", pl.String(), "user that the process ran as"),
    Column("computer", pl.String(), "machine that the process ran on"),
    Column("time", TIME, "when the record was made, to the nanosecond", keeps_ns=True),
    Column("target", pl.String(), "logger or module"),
    Column("level", pl.Int32(), "1 fatal, 2 error, 3 warning, 4 info, 5 debug, 6 trace"),
    Column("msg", pl.String(), "the formatted message"),
    Column("properties", PROPERTIES, "attributes of the record"),
    Column("property_types", pl.String(), "JSON of what properties were that are no strings"),
    Column("process_properties", PROPERTIES, "attributes of the process"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Return the decoded log rows under the view's column order."""
    return sources["blocks:log"].select(column.name for column in COLUMNS)


LOG_ENTRIES = View(
    name="log_entries",
    doc="Every log record of every process.",
    columns=COLUMNS,
    time_column="time",
    sources=("blocks:log",),
    build=build,
    sort_by=("process_id", "time"),
    found_by=(("properties", "otel.trace_id"),),
)
