"""
otel_spans: every trace span, of the SDK and of whatever speaks OpenTelemetry.

Rule: files know which traces they hold, and their rows are sorted by trace: a trace is found by its
id wherever and whenever its spans ran, and of a large file only the part that can hold it is read.
"""

import polars as pl

from assets.decode.rows import EVENTS, LINKS
from assets.views.view import PROPERTIES, TIME, Column, Sources, View

COLUMNS = (
    Column("process_id", pl.String(), "process that ran the span, UUID text"),
    Column("stream_id", pl.String(), "stream that carried the span"),
    Column("block_id", pl.String(), "block that carried the span"),
    Column("insert_time", TIME, "when the receiver stored the block"),
    Column("exe", pl.String(), "executable of the process: the service"),
    Column("username", pl.String(), "user that the process ran as"),
    Column("computer", pl.String(), "machine that the process ran on"),
    Column("process_properties", PROPERTIES, "attributes of the process"),
    Column("trace_id", pl.String(), "trace of the span, 32 hex digits"),
    Column("span_id", pl.String(), "the span, 16 hex digits"),
    Column("parent_span_id", pl.String(), "span that caused it, NULL at the root"),
    Column("start_time", TIME, "when the span began, to the nanosecond", keeps_ns=True),
    Column("end_time", TIME, "when the span ended, to the nanosecond", keeps_ns=True),
    Column("duration", pl.Int64(), "end minus start, nanoseconds"),
    Column("name", pl.String(), "name of the span: the operation"),
    Column(
        "kind",
        pl.String(),
        "`UNSPECIFIED`, `INTERNAL`, `SERVER`, `CLIENT`, `PRODUCER` or `CONSUMER`",
    ),
    Column("status", pl.String(), "`UNSET`, `OK` or `ERROR`"),
    Column("status_message", pl.String(), "what went wrong, NULL if nothing was said"),
    Column("target", pl.String(), "instrumentation scope"),
    Column("properties", PROPERTIES, "attributes of the span, and of its scope"),
    Column("property_types", pl.String(), "JSON of what properties were that are no strings"),
    Column("events", EVENTS, "what happened within the span; time in Unix ns"),
    Column("links", LINKS, "spans that this one is related to"),
    Column(
        "thread_stream_id",
        pl.String(),
        "`stream_id` of its thread in `thread_spans`; NULL over OTLP",
    ),
    Column(
        "span_number",
        pl.Int64(),
        "`parent` of the profile spans directly inside, in its process; NULL over OTLP",
    ),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Return the decoded spans under the view's column order."""
    return sources["blocks:trace"].select(column.name for column in COLUMNS)


OTEL_SPANS = View(
    name="otel_spans",
    doc="Every trace span: those of the SDK, and all that arrive over OTLP.",
    columns=COLUMNS,
    time_column="start_time",
    end_column="end_time",
    sources=("blocks:trace",),
    build=build,
    sort_by=("trace_id", "start_time"),
    found_by=("trace_id",),
)
