"""
The rows that decoders produce: one schema per stream tag, whatever the wire format.

Rule: a decoder says what an event is; who sent it (process, stream, block) is added afterwards from
metadata, so that a decoder needs nothing but bytes and a block reference.
"""

from collections.abc import Mapping

import polars as pl

TIME = pl.Datetime("ns", "UTC")
PROPERTIES = pl.Map(pl.String(), pl.String())

LOG_ROWS = pl.Schema(
    {
        "time": TIME,
        "target": pl.String(),
        "level": pl.Int32(),
        "msg": pl.String(),
        "properties": PROPERTIES,
        "property_types": pl.String(),
    }
)

METRIC_ROWS = pl.Schema(
    {
        "time": TIME,
        "target": pl.String(),
        "name": pl.String(),
        "unit": pl.String(),
        "value": pl.Float64(),
        "properties": PROPERTIES,
        "property_types": pl.String(),
    }
)

SPAN_ROWS = pl.Schema(
    {
        "id": pl.Int64(),
        "parent": pl.Int64(),
        "depth": pl.UInt32(),
        "hash": pl.UInt32(),
        "begin": TIME,
        "end": TIME,
        "duration": pl.Int64(),
        "name": pl.String(),
        "target": pl.String(),
        "filename": pl.String(),
        "line": pl.UInt32(),
        "status": pl.String(),
        "properties": PROPERTIES,
        "in_coroutine": pl.Boolean(),
    }
)

ASYNC_EVENT_ROWS = pl.Schema(
    {
        "time": TIME,
        "event_type": pl.String(),
        "span_id": pl.Int64(),
        "parent_span_id": pl.Int64(),
        "depth": pl.UInt32(),
        "hash": pl.UInt32(),
        "name": pl.String(),
        "filename": pl.String(),
        "target": pl.String(),
        "line": pl.UInt32(),
    }
)

IMAGE_ROWS = pl.Schema(
    {
        "image": pl.Int64(),
        "time": TIME,
        "target": pl.String(),
        "name": pl.String(),
        "format": pl.String(),
        "payload_size": pl.Int64(),
        "data": pl.Binary(),
        "properties": PROPERTIES,
    }
)

HISTOGRAM = pl.Struct(
    {
        "start": pl.Float64(),
        "end": pl.Float64(),
        "min": pl.Float64(),
        "max": pl.Float64(),
        "sum": pl.Float64(),
        "sum_sq": pl.Float64(),
        "count": pl.UInt64(),
        "bins": pl.List(pl.UInt64()),
    }
)
"""What the histogram functions of SQL take: bins of equal width from start to end."""

EXEMPLARS = pl.List(
    pl.Struct(
        {
            "time": pl.Int64(),
            "value": pl.Float64(),
            "trace_id": pl.String(),
            "span_id": pl.String(),
            "attributes": PROPERTIES,
        }
    )
)

HISTOGRAM_ROWS = pl.Schema(
    {
        "time": TIME,
        "start_time": TIME,
        "target": pl.String(),
        "name": pl.String(),
        "unit": pl.String(),
        "kind": pl.String(),
        "temporality": pl.String(),
        "count": pl.Int64(),
        "sum": pl.Float64(),
        "min": pl.Float64(),
        "max": pl.Float64(),
        "scale": pl.Int32(),
        "bounds": pl.List(pl.Float64()),
        "counts": pl.List(pl.Int64()),
        "histogram": HISTOGRAM,
        "properties": PROPERTIES,
        "property_types": pl.String(),
        "exemplars": EXEMPLARS,
    }
)

EVENTS = pl.List(pl.Struct({"time": pl.Int64(), "name": pl.String(), "attributes": PROPERTIES}))

LINKS = pl.List(
    pl.Struct(
        {
            "trace_id": pl.String(),
            "span_id": pl.String(),
            "trace_state": pl.String(),
            "attributes": PROPERTIES,
        }
    )
)

OTEL_SPAN_ROWS = pl.Schema(
    {
        "trace_id": pl.String(),
        "span_id": pl.String(),
        "parent_span_id": pl.String(),
        "start_time": TIME,
        "end_time": TIME,
        "duration": pl.Int64(),
        "name": pl.String(),
        "kind": pl.String(),
        "status": pl.String(),
        "status_message": pl.String(),
        "target": pl.String(),
        "properties": PROPERTIES,
        "property_types": pl.String(),
        "events": EVENTS,
        "links": LINKS,
        "thread_stream_id": pl.String(),
        "span_number": pl.Int64(),
    }
)

ROWS: Mapping[str, pl.Schema] = {
    "log": LOG_ROWS,
    "metrics": METRIC_ROWS,
    "metrics/histograms": HISTOGRAM_ROWS,
    "cpu": SPAN_ROWS,
    "cpu/async": ASYNC_EVENT_ROWS,
    "cpu/open": SPAN_ROWS,
    "image": IMAGE_ROWS,
    "trace": OTEL_SPAN_ROWS,
}
"""
What blocks are read for to the schema of the rows: a stream tag, or a tag and, behind a slash,
what else than its plain rows blocks of that tag hold.
"""


def tag_of_rows(kind: str) -> str:
    """Return the tag of the streams whose blocks hold rows of this kind."""
    return kind.partition("/")[0]


BLOCK_COLUMNS = pl.Schema(
    {
        "process_id": pl.String(),
        "stream_id": pl.String(),
        "block_id": pl.String(),
        "insert_time": TIME,
        "exe": pl.String(),
        "username": pl.String(),
        "computer": pl.String(),
        "process_properties": PROPERTIES,
        "thread_name": pl.String(),
    }
)
"""What is added to every decoded row, from the metadata of its block, process and stream."""
