"""
processes: every process that has registered.

A process without blocks is listed too (asking for it right after it started should find it): its
``last_update_time`` is then when it registered, and its last block columns are null.
"""

import polars as pl

from assets.views.view import PROPERTIES, TIME, Column, LiveView

RELATION = """
SELECT p.process_id, p.exe, p.username, p.realname, p.computer, p.distro, p.cpu_brand,
       p.tsc_frequency, p.start_time_ns AS start_time, p.start_ticks, p.insert_time,
       p.parent_process_id, p.properties,
       COALESCE((SELECT max(b.insert_time) FROM blocks b WHERE b.process_id = p.process_id),
                p.insert_time) AS last_update_time,
       (SELECT max(b.end_ticks) FROM blocks b WHERE b.process_id = p.process_id)
           AS last_block_end_ticks,
       (SELECT max(b.end_time_ns) FROM blocks b WHERE b.process_id = p.process_id)
           AS last_block_end_time
  FROM processes p
"""

PROCESSES = LiveView(
    name="processes",
    doc="Every process that has registered, with or without blocks, and when it last sent one.",
    columns=(
        Column("process_id", pl.String(), "UUID text"),
        Column("exe", pl.String(), "executable"),
        Column("username", pl.String(), "user that the process ran as"),
        Column("realname", pl.String(), "that user's full name"),
        Column("computer", pl.String(), "machine"),
        Column("distro", pl.String(), "operating system"),
        Column("cpu_brand", pl.String(), "processor"),
        Column("tsc_frequency", pl.Int64(), "ticks per second of the process's clock"),
        Column("start_time", TIME, "when the process started"),
        Column("start_ticks", pl.Int64(), "the process's clock at its start"),
        Column("insert_time", TIME, "when the process registered"),
        Column("parent_process_id", pl.String(), "process that started it, null when unknown"),
        Column("properties", PROPERTIES, "attributes of the process"),
        Column("last_update_time", TIME, "when its newest block was stored, or else it registered"),
        Column(
            "last_block_end_ticks", pl.Int64(), "latest end of its blocks, in ticks; null without"
        ),
        Column("last_block_end_time", TIME, "latest end of its blocks; null without"),
    ),
    time_column="insert_time",
    end_column="last_update_time",
    relation=RELATION,
    native={
        "process_id": "uuid",
        "start_time": "unix_ns",
        "insert_time": "timestamptz",
        "parent_process_id": "uuid",
        "properties": "jsonb",
        "last_update_time": "timestamptz",
        "last_block_end_time": "unix_ns",
    },
)
