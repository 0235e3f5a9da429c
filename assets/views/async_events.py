"""async_events: begins and ends of the asynchronous spans of one process, on demand."""

import polars as pl

from assets.views.view import TIME, Column, Sources, View

COLUMNS = (
    Column("stream_id", pl.String(), "stream that carried the event"),
    Column("block_id", pl.String(), "block that carried the event"),
    Column("time", TIME, "when the span began or ended, to the nanosecond", keeps_ns=True),
    Column("event_type", pl.String(), "`begin` or `end`"),
    Column("span_id", pl.Int64(), "span, unique in its process"),
    Column("parent_span_id", pl.Int64(), "span that encloses it, 0 when none does"),
    Column("depth", pl.UInt32(), "how many spans enclose it"),
    Column("hash", pl.UInt32(), "hash of name, file, target and line: the same for every run"),
    Column("name", pl.String(), "name of the span"),
    Column("filename", pl.String(), "source file of the span"),
    Column("target", pl.String(), "module that owns the span"),
    Column("line", pl.UInt32(), "source line of the span"),
    Column("process_id", pl.String(), "process that ran the span, UUID text"),
    Column("insert_time", TIME, "when the receiver stored the block"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Return the decoded events under the view's column order."""
    return sources["blocks:cpu/async"].select(column.name for column in COLUMNS)


ASYNC_EVENTS = View(
    name="async_events",
    doc=(
        "Begins and ends of the asynchronous spans of one process: those that coroutines ran, "
        "materialized on demand."
    ),
    columns=COLUMNS,
    time_column="time",
    sources=("blocks:cpu/async",),
    build=build,
    scope="process",
    sort_by=("time",),
    early=True,
)
