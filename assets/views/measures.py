"""measures: every recorded value of every metric."""

import polars as pl

from assets.views.view import PROPERTIES, TIME, Column, Sources, View

COLUMNS = (
    Column("process_id", pl.String(), "process that measured, UUID text"),
    Column("stream_id", pl.String(), "stream that carried the value"),
    Column("block_id", pl.String(), "block that carried the value"),
    Column("insert_time", TIME, "when the receiver stored the block"),
    Column("exe", pl.String(), "executable of the process"),
    Column("username", pl.String(), "user that the process ran as"),
    Column("computer", pl.String(), "machine that the process ran on"),
    Column("time", TIME, "when the value was recorded, to the nanosecond", keeps_ns=True),
    Column("target", pl.String(), "module that owns the metric"),
    Column("name", pl.String(), "name of the metric"),
    Column("unit", pl.String(), "unit of the value, as the application named it"),
    Column("value", pl.Float64(), "the value"),
    Column("properties", PROPERTIES, "attributes of the value"),
    Column("property_types", pl.String(), "JSON of what properties were that are no strings"),
    Column("process_properties", PROPERTIES, "attributes of the process"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Return the decoded metric rows under the view's column order."""
    return sources["blocks:metrics"].select(column.name for column in COLUMNS)


MEASURES = View(
    name="measures",
    doc="Every recorded value of every metric.",
    columns=COLUMNS,
    time_column="time",
    sources=("blocks:metrics",),
    build=build,
    sort_by=("process_id", "name", "time"),
)
