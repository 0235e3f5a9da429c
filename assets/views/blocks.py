"""
blocks: every acknowledged block whose stream and process are known.

Columns of the stream and the process follow under dotted names, so that one scan answers most
questions about who sent what.
"""

import polars as pl

from assets.views.view import PROPERTIES, TIME, Column, LiveView

RELATION = """
SELECT b.block_id, b.stream_id, b.process_id, b.begin_time_ns AS begin_time, b.begin_ticks,
       b.end_time_ns AS end_time, b.end_ticks, b.nb_objects, b.object_offset, b.payload_size,
       b.insert_time,
       s.dependencies_metadata AS "streams.dependencies_metadata",
       s.objects_metadata AS "streams.objects_metadata",
       s.tags AS "streams.tags", s.properties AS "streams.properties",
       s.insert_time AS "streams.insert_time", s.format AS "streams.format",
       p.start_time_ns AS "processes.start_time", p.start_ticks AS "processes.start_ticks",
       p.tsc_frequency AS "processes.tsc_frequency", p.exe AS "processes.exe",
       p.username AS "processes.username", p.realname AS "processes.realname",
       p.computer AS "processes.computer", p.distro AS "processes.distro",
       p.cpu_brand AS "processes.cpu_brand", p.insert_time AS "processes.insert_time",
       p.parent_process_id AS "processes.parent_process_id",
       p.properties AS "processes.properties"
  FROM blocks b
  JOIN streams s ON s.stream_id = b.stream_id
  JOIN processes p ON p.process_id = b.process_id
"""

BLOCKS = LiveView(
    name="blocks",
    doc="Every acknowledged block whose stream and process are known.",
    columns=(
        Column("block_id", pl.String(), "UUID text"),
        Column("stream_id", pl.String(), "stream of the block"),
        Column("process_id", pl.String(), "process of the block"),
        Column("begin_time", TIME, "no event of the block is earlier"),
        Column("begin_ticks", pl.Int64(), "the same in ticks, as the client counts them"),
        Column("end_time", TIME, "no event of the block is later"),
        Column("end_ticks", pl.Int64(), "the same in ticks, as the client counts them"),
        Column("nb_objects", pl.Int32(), "events in the block"),
        Column("object_offset", pl.Int64(), "events of the stream before the block"),
        Column("payload_size", pl.Int64(), "bytes of the stored payload"),
        Column("insert_time", TIME, "when the receiver stored the block"),
        Column("streams.dependencies_metadata", pl.Binary(), "layout of dependencies"),
        Column("streams.objects_metadata", pl.Binary(), "layout of events"),
        Column("streams.tags", pl.List(pl.String()), "what the stream carries"),
        Column("streams.properties", PROPERTIES, "attributes of the stream"),
        Column("streams.insert_time", TIME, "when the stream registered"),
        Column("streams.format", pl.String(), "wire format of the block"),
        Column("processes.start_time", TIME, "when the process started"),
        Column("processes.start_ticks", pl.Int64(), "the process's clock at its start"),
        Column("processes.tsc_frequency", pl.Int64(), "ticks per second of that clock"),
        Column("processes.exe", pl.String(), "executable"),
        Column("processes.username", pl.String(), "user that the process ran as"),
        Column("processes.realname", pl.String(), "that user's full name"),
        Column("processes.computer", pl.String(), "machine"),
        Column("processes.distro", pl.String(), "operating system"),
        Column("processes.cpu_brand", pl.String(), "processor"),
        Column("processes.insert_time", TIME, "when the process registered"),
        Column("processes.parent_process_id", pl.String(), "process that started it, or null"),
        Column("processes.properties", PROPERTIES, "attributes of the process"),
    ),
    time_column="begin_time",
    end_column="insert_time",
    relation=RELATION,
    native={
        "block_id": "uuid",
        "stream_id": "uuid",
        "process_id": "uuid",
        "begin_time": "unix_ns",
        "end_time": "unix_ns",
        "insert_time": "timestamptz",
        "streams.properties": "jsonb",
        "streams.insert_time": "timestamptz",
        "processes.start_time": "unix_ns",
        "processes.insert_time": "timestamptz",
        "processes.parent_process_id": "uuid",
        "processes.properties": "jsonb",
    },
)
