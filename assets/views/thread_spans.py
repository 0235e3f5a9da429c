"""thread_spans: spans of the threads of one process, on demand; tables hold completed ones."""

from dataclasses import replace

import polars as pl

from assets.views.view import PROPERTIES, TIME, Column, Sources, View

COLUMNS = (
    Column("id", pl.Int64(), "span, unique in its process"),
    Column("parent", pl.Int64(), "span that encloses it, 0 when none does"),
    Column("depth", pl.UInt32(), "how many spans enclose it"),
    Column("hash", pl.UInt32(), "hash of name, file, target and line: the same for every run"),
    Column("begin", TIME, "when the span began, to the nanosecond", keeps_ns=True),
    Column(
        "end", TIME, "when the span ended, to the nanosecond; NULL while it is open", keeps_ns=True
    ),
    Column("duration", pl.Int64(), "end minus begin, nanoseconds; NULL while it is open"),
    Column("name", pl.String(), "name of the span"),
    Column("target", pl.String(), "module that owns the span"),
    Column("filename", pl.String(), "source file of the span"),
    Column("line", pl.UInt32(), "source line of the span"),
    Column("process_id", pl.String(), "process that ran the span, UUID text"),
    Column("stream_id", pl.String(), "stream of the thread"),
    Column("block_id", pl.String(), "block that carried the span"),
    Column("insert_time", TIME, "when the receiver stored the block"),
    Column("thread_name", pl.String(), "`<name>-<id>` of the thread, or what is known of it"),
    Column("status", pl.String(), "`UNSET`, `OK` or `ERROR`"),
    Column("properties", PROPERTIES, "attributes of the span"),
    Column("in_coroutine", pl.Boolean(), "a coroutine ran it: other spans of the thread overlap"),
)


def build(sources: Sources) -> pl.LazyFrame:
    """Return the decoded spans under the view's column order."""
    return sources["blocks:cpu"].select(column.name for column in COLUMNS)


def build_open(sources: Sources) -> pl.LazyFrame:
    """Return what is open under the view's column order."""
    return sources["blocks:cpu/open"].select(column.name for column in COLUMNS)


_COMPLETED = View(
    name="thread_spans",
    doc=(
        "Spans of the threads of one process, materialized on demand. Those that are open still, "
        "as far as blocks tell, have no end; they are in no table."
    ),
    columns=COLUMNS,
    time_column="begin",
    end_column="end",
    sources=("blocks:cpu",),
    build=build,
    scope="process",
    instance="stream",
    sort_by=("begin",),
)

_OPEN = replace(_COMPLETED, sources=("blocks:cpu/open",), build=build_open)
THREAD_SPANS = replace(_COMPLETED, begun=_OPEN)
