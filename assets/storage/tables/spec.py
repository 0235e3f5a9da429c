"""What a Delta table looks like: columns, partitions, order; and how such a table is made."""

from dataclasses import dataclass

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Field, Schema

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.tables.errors import TableRefused, WriteConflict, delta_errors
from assets.storage.tables.limits import (
    CHECKPOINT_INTERVAL,
    CREATE_ATTEMPTS,
    LOG_RETENTION,
    LOOKUP_ROW_GROUP_ROWS,
    ROW_GROUP_ROWS,
)

DATE_FIELD = pa.field("date", pa.date32())
"""Partition column: the UTC day of insert time."""

SLICE_FIELD = pa.field("slice", pa.string())
"""Partition column: the UTC hour of insert time, ``"17"``."""


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
    """

    name: str
    schema: pa.Schema
    partition_by: tuple[str, ...]
    sort_by: tuple[str, ...]
    stats_columns: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()

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


def slice_predicate(spec: TableSpec, slice_: Slice) -> str:
    """Return the SQL predicate, over partition columns only, that selects a slice."""
    values = partition_values(spec, slice_)
    quoted = {name: value.replace("'", "''") for name, value in values.items()}
    return "(" + " AND ".join(f"{name} = '{value}'" for name, value in quoted.items()) + ")"


def open_table(lake: Lake, spec: TableSpec) -> DeltaTable:
    """
    Open the newest version of a table.

    Raises:
        TableMissing: There is none.
    """
    with delta_errors(spec.name):
        return DeltaTable(lake.table_uri(spec.name), storage_options=dict(lake.delta_options))


def ensure_table(lake: Lake, spec: TableSpec) -> None:
    """
    Create the table if it is absent, add the columns that it lacks. Safe to race and to repeat.

    Raises:
        TableRefused: A column has another type than the table's.
    """
    for _ in range(CREATE_ATTEMPTS):
        try:
            if not DeltaTable.is_deltatable(lake.table_uri(spec.name), dict(lake.delta_options)):
                _create(lake, spec)
            return _add_columns(lake, spec)
        except WriteConflict:
            continue  # another program does the same just now
    raise WriteConflict(f"table {spec.name}: its columns keep changing")


def _create(lake: Lake, spec: TableSpec) -> None:
    with delta_errors(spec.name):
        DeltaTable.create(
            lake.table_uri(spec.name),
            spec.schema,
            mode="ignore",
            partition_by=list(spec.partition_by),
            configuration={
                "delta.checkpointInterval": str(CHECKPOINT_INTERVAL),
                "delta.logRetentionDuration": LOG_RETENTION,
                "delta.dataSkippingStatsColumns": ",".join(spec.stats_columns),
            },
            # A retry would commit a second creation, with another table id, after the first.
            commit_properties=CommitProperties(max_commit_retries=0),
            storage_options=dict(lake.delta_options),
        )


def _add_columns(lake: Lake, spec: TableSpec) -> None:
    table = open_table(lake, spec)
    present = {field.name: field.type for field in table.schema().fields}
    wanted: list[Field] = Schema.from_arrow(spec.schema).fields
    for field in wanted:
        if field.name in present and present[field.name] != field.type:
            raise TableRefused(
                f"table {spec.name}: column {field.name} is {present[field.name]},"
                f" the view says {field.type}; a changed type needs a new table"
            )
    missing = [field for field in wanted if field.name not in present]
    if missing:
        with delta_errors(spec.name):
            table.alter.add_columns(missing)
