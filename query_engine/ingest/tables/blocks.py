"""blocks: a block is visible when its payload is there too, whichever comes first."""

from collections.abc import Sequence

from assets.storage.bulk import BulkStore
from assets.storage.metadata.staging import BlockHalf
from assets.views.blocks import BLOCKS as VIEW
from limnograph.wire import limits as wire
from query_engine.ingest.columns import integer, time, uuid
from query_engine.ingest.kinds import INT32_MAX
from query_engine.ingest.table import IngestTable, Row, WrongColumn


def store(lake: BulkStore, rows: Sequence[Row]) -> int:
    """Add the rows of blocks."""
    halves = {}
    for number in range(len(rows) - 1, -1, -1):
        half = _half(rows[number], number)
        halves[half.block_id] = half
    return lake.add_blocks(list(halves.values()))


def _half(row: Row, number: int) -> BlockHalf:
    for begin, end in (("begin_time", "end_time"), ("begin_ticks", "end_ticks")):
        if row[end] < row[begin]:
            raise WrongColumn(f"column {end} of blocks, row {number}: is before {begin}")
    return BlockHalf(
        block_id=row["block_id"],
        process_id=row["process_id"],
        stream_id=row["stream_id"],
        payload_size=row["payload_size"],
        begin_time_ns=row["begin_time"],
        end_time_ns=row["end_time"],
        begin_ticks=row["begin_ticks"],
        end_ticks=row["end_ticks"],
        nb_objects=row["nb_objects"],
        object_offset=row["object_offset"],
    )


BLOCKS = IngestTable(
    name="blocks",
    doc="Blocks without their payloads; each is visible as soon as its payload is there too.",
    columns=(
        uuid("block_id"),
        uuid("stream_id"),
        uuid("process_id"),
        time("begin_time"),
        integer("begin_ticks"),
        time("end_time"),
        integer("end_ticks"),
        integer("nb_objects", 0, min(wire.BLOCK_ROWS_MAX, INT32_MAX)),
        integer("object_offset", 0),
        integer("payload_size", 1, optional=True),
    ),
    ignored=frozenset(column.name for column in VIEW.columns),
    store=store,
)
