"""
repeated_blocks: every block that was delivered again, and how often.

The same process sending the same bytes twice is taken for a retry, and merged. Where it was not,
events are missing; this is where that shows.
"""

import polars as pl

from assets.views.view import TIME, Column, LiveView

RELATION = """
SELECT r.block_id, r.stream_id, r.process_id, p.exe, s.format, r.nb_objects, r.repeats,
       r.first_seen, r.last_seen
  FROM repeated_blocks r
  LEFT JOIN streams s ON s.stream_id = r.stream_id
  LEFT JOIN processes p ON p.process_id = r.process_id
"""

REPEATED_BLOCKS = LiveView(
    name="repeated_blocks",
    doc="Blocks that were delivered again after they were stored: retries, merged into one.",
    columns=(
        Column("block_id", pl.String(), "UUID text"),
        Column("stream_id", pl.String(), "stream of the block"),
        Column("process_id", pl.String(), "process of the block"),
        Column("exe", pl.String(), "executable of the process: the service"),
        Column("format", pl.String(), "wire format of the block"),
        Column("nb_objects", pl.Int32(), "events in the block"),
        Column("repeats", pl.Int64(), "deliveries that were merged: those after the first one"),
        Column("first_seen", TIME, "when it was delivered again for the first time"),
        Column("last_seen", TIME, "when it was delivered last; forgotten 30 days later"),
    ),
    time_column="first_seen",
    end_column="last_seen",
    relation=RELATION,
    native={
        "block_id": "uuid",
        "stream_id": "uuid",
        "process_id": "uuid",
        "first_seen": "timestamptz",
        "last_seen": "timestamptz",
    },
)
