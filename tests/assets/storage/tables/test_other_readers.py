"""The tables are plain Delta tables: other engines read every row, and prune without losing one."""

from datetime import UTC, datetime

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from assets.storage.lake import Lake
from assets.storage.tables import append, compact_slice
from tests.assets.storage.tables.sample import ONE, SCHEMA, SPEC, TWO, cover, newest, rows


@pytest.fixture
def table(lake: Lake) -> DeltaTable:
    """Three commits, one compaction, and a row in the last microseconds of a millisecond."""
    append(lake, SPEC, newest(lake), rows(ONE, "ab"), cover(1, ONE))
    append(lake, SPEC, newest(lake), rows(ONE, "c"), cover(2, ONE))
    compact_slice(lake, SPEC, ONE)
    late = pa.array([datetime(2026, 11, 22, 14, 0, 1, 999, UTC)], SCHEMA.field("time").type)
    row = rows(TWO, "d").set_column(1, SCHEMA.field("time"), late)
    append(lake, SPEC, newest(lake), row, cover(3, TWO))
    return DeltaTable(lake.table_uri(SPEC.name), storage_options=dict(lake.delta_options))


def test_the_protocol_asks_nothing_new_of_a_reader(table: DeltaTable) -> None:
    """
    Reader version 1, writer version 2, no features.
    """
    protocol = table.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert not protocol.reader_features


def test_duckdb_reads_dates_maps_and_exact_times(table: DeltaTable) -> None:
    """
    As the format page shows it.
    """
    samples = table.to_pyarrow_dataset()
    with duckdb.connect() as connection:
        connection.register("samples", samples)
        found = connection.sql(
            "SELECT typeof(date), slice, count(*), max(properties['name']) FROM samples"
            " WHERE date = '2026-11-22' GROUP BY ALL ORDER BY slice"
        ).fetchall()
        times = connection.sql(
            "SELECT epoch_us(time) * 1000 + time_rem FROM samples"
            " WHERE time >= TIMESTAMPTZ '2026-11-22 14:00:01.0005+00'"
        ).fetchall()
    assert found == [("DATE", "13", 3, "c"), ("DATE", "14", 1, "d")]
    assert times == [(int(TWO.start.timestamp()) * 10**9 + 1_000_999_000,)]


def test_polars_reads_and_prunes(lake: Lake, table: DeltaTable) -> None:
    """
    scan_delta by date, by slice and by a time between two milliseconds.
    """
    scan = pl.scan_delta(lake.table_uri(SPEC.name))
    assert scan.filter(pl.col("date") == ONE.start.date()).collect().height == 4
    assert scan.filter(pl.col("slice") == "13").collect().height == 3
    late = pl.lit(datetime(2026, 11, 22, 14, 0, 1, 500, UTC))
    assert scan.filter(pl.col("time") >= late).collect()["name"].to_list() == ["d"]
