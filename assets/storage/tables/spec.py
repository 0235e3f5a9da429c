"""What a Delta table looks like: columns, partitions, order."""

from dataclasses import dataclass

import pyarrow as pa
from deltalake import DeltaTable, Schema

from assets.storage.lake import Lake
from assets.storage.layout import Generation, Slice
from assets.storage.tables.errors import delta_errors
from assets.storage.tables.limits import LOOKUP_ROW_GROUP_ROWS, ROW_GROUP_ROWS

DATE_FIELD = pa.field("date", pa.date32())
"""Partition column: the UTC day of insert time."""

SLICE_FIELD = pa.field("slice", pa.string())
"""Partition column: the UTC hour of insert time, ``"17"``; ``"day"`` in a merged day."""

HOUR_FIELD = pa.field("slice@", pa.string())
"""
In files of a merged day: the hour of each row, as ``slice`` would say it. A table gets this column
with its first merged day; files of hours have none of it.
"""


@dataclass(frozen=True, slots=True)
class Lookup:
    """
    Texts by which rows are looked up, so that each file gets a Bloom filter of them.

    Attributes:
        column: A text column, or a map column.
        key: The key of the map, as maps have it; empty for a text column.
    """

    column: str
    key: str = ""


@dataclass(frozen=True)
class TableSpec:
    """
    The shape of a table, derived from a view by someone who knows views.

    Attributes:
        schema: Every stored column, those of *partition_by* included, in Delta's own types:
            microsecond UTC timestamps, plain strings, signed integers.
        partition_by: ``("date", "slice")``, with ``process_id`` before them for per-process views.
        sort_by: Order of the rows within a file.
        stats_columns: Columns whose min and max go to the log. Not floats: NaN is left out of max.
        lookups: What rows are looked up by; see ``lookups.py``.
        generation: Under which number the view as it is now builds slices; the table remembers
            the columns of each. None when nobody will ask.
    """

    name: str
    schema: pa.Schema
    partition_by: tuple[str, ...]
    sort_by: tuple[str, ...]
    stats_columns: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()
    generation: Generation | None = None

    def __post_init__(self) -> None:
        assert self.partition_by in {("date", "slice"), ("process_id", "date", "slice")}
        looked_up = (lookup.column for lookup in self.lookups)
        named = {*self.partition_by, *self.sort_by, *self.stats_columns, *looked_up}
        assert named <= set(self.schema.names), f"{self.name}: unknown {named} in the spec"

    @property
    def row_group_rows(self) -> int:
        """Rows of a Parquet row group: few where a lookup in sorted rows needs only one of them."""
        by_lookup = self.sort_by and Lookup(self.sort_by[0]) in self.lookups
        return LOOKUP_ROW_GROUP_ROWS if by_lookup else ROW_GROUP_ROWS

    @property
    def time_columns(self) -> tuple[str, ...]:
        """The timestamp columns; they are stored as differences."""
        return tuple(f.name for f in self.schema if pa.types.is_timestamp(f.type))


def partition_values(spec: TableSpec, slice_: Slice) -> dict[str, str]:
    """Return the partition columns of a slice as text."""
    values = {"process_id": slice_.process_id, "date": slice_.date, "slice": slice_.hour}
    assert bool(slice_.process_id) == ("process_id" in spec.partition_by), f"{spec.name}: {slice_}"
    return {name: values[name] for name in spec.partition_by}


def open_table(lake: Lake, spec: TableSpec) -> DeltaTable:
    """
    Open the newest version of a table.

    Raises:
        TableMissing: There is none.
    """
    with delta_errors(spec.name):
        return DeltaTable(lake.table_uri(spec.name), storage_options=dict(lake.delta_options))


def ensure_hours(lake: Lake, spec: TableSpec) -> None:
    """
    Give the table the column that merged days need, if it has none.

    Raises:
        WriteConflict: Somebody else changed the table just now.
    """
    table = open_table(lake, spec)
    if HOUR_FIELD.name not in {field.name for field in table.schema().fields}:
        with delta_errors(spec.name):
            table.alter.add_columns(Schema.from_arrow(pa.schema([HOUR_FIELD])).fields)
