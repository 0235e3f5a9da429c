"""
quarantine: every block that a view could not decode, and why.

A row appears when a table or a query first tries the block, and goes when a later decoder can
read it. Without it, events that were acknowledged and are in no answer could not be explained.
"""

import polars as pl

from assets.views.view import TIME, Column, LiveView

RELATION = """
SELECT q.view, q.block_id, q.stream_id, q.process_id, q.block_insert_time AS insert_time,
       b.nb_objects, b.payload_size, s.format, q.decoder_version, q.reason, q.attempts,
       q.first_seen, q.last_seen
  FROM quarantine q
  LEFT JOIN streams s ON s.stream_id = q.stream_id
  LEFT JOIN blocks b ON b.insert_time = q.block_insert_time AND b.block_id = q.block_id
"""

QUARANTINE = LiveView(
    name="quarantine",
    doc="Blocks that a view could not decode: acknowledged, kept, and in none of its rows.",
    columns=(
        Column("view", pl.String(), "view that has no rows of the block"),
        Column("block_id", pl.String(), "UUID text"),
        Column("stream_id", pl.String(), "stream of the block"),
        Column("process_id", pl.String(), "process of the block"),
        Column("insert_time", TIME, "when the receiver stored the block"),
        Column("nb_objects", pl.Int32(), "events in the block; null once retention has dropped it"),
        Column("payload_size", pl.Int64(), "bytes of the stored payload; null likewise"),
        Column("format", pl.String(), "wire format of the block"),
        Column("decoder_version", pl.Int32(), "decoder that refused it; 0 when there was none"),
        Column("reason", pl.String(), "what is wrong with its bytes, and where"),
        Column("attempts", pl.Int32(), "how often that decoder was tried"),
        Column("first_seen", TIME, "when it was tried first"),
        Column("last_seen", TIME, "when it was tried last"),
    ),
    time_column="insert_time",
    end_column="last_seen",
    relation=RELATION,
    native={
        "block_id": "uuid",
        "stream_id": "uuid",
        "process_id": "uuid",
        "insert_time": "timestamptz",
        "first_seen": "timestamptz",
        "last_seen": "timestamptz",
    },
)
