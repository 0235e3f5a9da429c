"""
streams: every stream that has registered.

As with ``processes``, a stream without blocks is listed, with the time it registered as its
``last_update_time``.
"""

import polars as pl

from assets.views.view import PROPERTIES, TIME, Column, LiveView

RELATION = """
SELECT s.stream_id, s.process_id, s.dependencies_metadata, s.objects_metadata, s.tags,
       s.properties, s.insert_time, s.format,
       COALESCE((SELECT max(b.insert_time) FROM blocks b WHERE b.stream_id = s.stream_id),
                s.insert_time) AS last_update_time
  FROM streams s
"""

STREAMS = LiveView(
    name="streams",
    doc="Every stream that has registered, with or without blocks, and when it last got one.",
    columns=(
        Column("stream_id", pl.String(), "UUID text"),
        Column("process_id", pl.String(), "process that owns the stream"),
        Column("dependencies_metadata", pl.Binary(), "layout of dependencies, native clients only"),
        Column("objects_metadata", pl.Binary(), "layout of events, native clients only"),
        Column("tags", pl.List(pl.String()), "what the stream carries: `log`, `metrics`, `cpu`"),
        Column("properties", PROPERTIES, "attributes of the stream, such as `thread-name`"),
        Column("insert_time", TIME, "when the stream registered"),
        Column("format", pl.String(), "wire format of its blocks"),
        Column("last_update_time", TIME, "when its newest block was stored, or else it registered"),
    ),
    time_column="insert_time",
    end_column="last_update_time",
    relation=RELATION,
    native={
        "stream_id": "uuid",
        "process_id": "uuid",
        "properties": "jsonb",
        "insert_time": "timestamptz",
        "last_update_time": "timestamptz",
    },
)
