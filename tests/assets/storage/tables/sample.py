"""A small table and rows for it: each row is named, so that tests compare sets of names."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.tables import DATE_FIELD, SLICE_FIELD, Snapshot, TableCache, TableSpec

SCHEMA = pa.schema(
    [
        ("process_id", pa.string()),
        ("time", pa.timestamp("us", "UTC")),
        ("time_rem", pa.int16()),
        ("name", pa.string()),
        ("value", pa.float64()),
        ("properties", pa.map_(pa.string(), pa.string())),
        DATE_FIELD,
        SLICE_FIELD,
    ]
)
SPEC = TableSpec(
    name="samples",
    schema=SCHEMA,
    partition_by=("date", "slice"),
    sort_by=("process_id", "time"),
    stats_columns=("time", "process_id"),
)
PER_PROCESS = TableSpec(
    name="process_samples",
    schema=SCHEMA,
    partition_by=("process_id", "date", "slice"),
    sort_by=("time",),
    stats_columns=("time",),
)
NOON = Slice(datetime(2026, 11, 22, 12, tzinfo=UTC))
ONE, TWO, THREE = (
    Slice(NOON.start + timedelta(hours=1 + hour), NOON.process_id) for hour in range(3)
)
FIRST_NS = int(ONE.start.timestamp()) * 10**9


def rows(slice_: Slice, names: Iterable[str], process: str = "p") -> pa.Table:
    """One row per name, in the slice; times descend, so that sorting has something to do."""
    names = list(names)
    count = len(names)
    micros = int(slice_.start.timestamp()) * 10**6
    return pa.table(
        {
            "process_id": [slice_.process_id or process] * count,
            "time": pa.array(
                [micros + 1000 * (count - i) for i in range(count)], SCHEMA.field("time").type
            ),
            "time_rem": pa.array([i % 1000 for i in range(count)], pa.int16()),
            "name": names,
            "value": [float(i) for i in range(count)],
            "properties": pa.array(
                [[("name", name)] for name in names], SCHEMA.field("properties").type
            ),
            "date": pa.array([slice_.start.date()] * count, pa.date32()),
            "slice": [slice_.hour] * count,
        },
        schema=SCHEMA,
    )


def cover(position: int, *slices: Slice, version: int = 1) -> dict[str, int]:
    """The coverage of some slices, all up to one position."""
    return {slice_.app_id(version): position for slice_ in slices}


def newest(lake: Lake, spec: TableSpec = SPEC) -> Snapshot:
    """A snapshot of now, from a cache of its own."""
    return TableCache().snapshot(lake, spec)


def frame(lake: Lake, snapshot: Snapshot, version: int = 1) -> pl.DataFrame:
    """The rows that count for a view version, without the partition columns."""
    files = snapshot.files_of(version)["path"].to_list()
    if not files:
        return pl.DataFrame(schema={"name": pl.String()})
    options = dict(lake.delta_options) or None
    frames = [
        pl.read_parquet(file, storage_options=options, glob=False, hive_partitioning=False)
        for file in files
    ]
    return pl.concat(frames, how="diagonal")


def names(lake: Lake, spec: TableSpec = SPEC, version: int = 1) -> list[str]:
    """The names of all rows, sorted; a doubled row is there twice."""
    return sorted(frame(lake, newest(lake, spec), version)["name"])
