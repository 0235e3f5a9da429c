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
    }
)

IMAGE_ROWS = pl.Schema(
    {
        "time": TIME,
        "target": pl.String(),
        "name": pl.String(),
        "format": pl.String(),
        "payload_size": pl.Int64(),
        "data": pl.Binary(),
        "properties": PROPERTIES,
    }
)

ROWS: Mapping[str, pl.Schema] = {
    "log": LOG_ROWS,
    "metrics": METRIC_ROWS,
    "cpu": SPAN_ROWS,
    "image": IMAGE_ROWS,
}
"""Stream tag to the schema of its decoded rows."""

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
