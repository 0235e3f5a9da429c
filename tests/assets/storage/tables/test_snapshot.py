"""A snapshot is pinned, complete, and its file bounds never exclude a row that is there."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa

from assets.storage.lake import Lake
from assets.storage.tables import NO_TABLE, append, ensure_table
from assets.storage.tables.snapshot import files_schema
from tests.assets.storage.tables.sample import (
    NOON,
    ONE,
    SCHEMA,
    SPEC,
    TWO,
    cover,
    names,
    newest,
    rows,
)


def test_a_missing_table_is_an_empty_snapshot(lake: Lake) -> None:
    """
    Before anything is materialized everything is tail: no error, no file, no coverage.
    """
    snapshot = newest(lake)
    assert snapshot.version == NO_TABLE
    assert snapshot.files.schema == files_schema(SPEC)
    assert (snapshot.coverages(), snapshot.covered(1)) == ({}, {})
    assert snapshot.files_of(1).height == 0
    ensure_table(lake, SPEC)
    assert newest(lake).version == 0
    assert newest(lake).files.schema == files_schema(SPEC)


def test_a_snapshot_does_not_move(lake: Lake) -> None:
    """
    Later commits change neither coverage nor files of a snapshot that is held.
    """
    append(lake, SPEC, newest(lake), rows(ONE, "a"), cover(3, ONE))
    held = newest(lake)
    append(lake, SPEC, held, rows(ONE, "b"), cover(4, ONE))
    assert (held.version, held.coverage(ONE.app_id(1)), held.files.height) == (1, 3, 1)
    assert held.files["num_records"].sum() == 1


def test_files_are_described(any_lake: Lake) -> None:
    """
    Path, size, rows, partition values and bounds: what pruning needs, as plain Polars.
    """
    data = pa.concat_tables([rows(ONE, "abc", "p"), rows(ONE, "d", "q"), rows(TWO, "e", "r")])
    append(any_lake, SPEC, newest(any_lake), data, cover(1, ONE, TWO))
    files = newest(any_lake).files.sort("slice")
    assert files["num_records"].to_list() == [4, 1]
    assert files["slice"].to_list() == ["13", "14"]
    assert files["date"].to_list() == [ONE.start.date()] * 2
    assert (files["min_process_id"].to_list(), files["max_process_id"].to_list()) == (
        ["p", "r"],
        ["q", "r"],
    )
    assert (files["size_bytes"] > 0).all()
    assert files["path"].str.ends_with(".parquet").all()
    assert names(any_lake) == ["a", "b", "c", "d", "e"]


def test_time_bounds_hold_below_the_millisecond(lake: Lake) -> None:
    """
    The log cuts times to milliseconds; the bounds given here still enclose every row.
    """
    times = [datetime(2026, 11, 22, 12, 0, 1, micros, UTC) for micros in (1, 999, 123_456, 999_999)]
    for position, time in enumerate(times):
        row = rows(NOON, "x").set_column(1, SCHEMA.field("time"), pa.array([time], SCHEMA[1].type))
        append(lake, SPEC, newest(lake), row, cover(position + 1, NOON))
    bounds = newest(lake).files.select("min_time", "max_time").sort("min_time").rows()
    assert len(bounds) == len(times)
    for (low, high), time in zip(bounds, sorted(times), strict=True):
        assert low <= time <= high
        assert high - low < timedelta(milliseconds=1)


def test_text_bounds_hold_for_long_and_odd_text(lake: Lake) -> None:
    """
    Long strings are cut in the log, upwards at the top: no row lies outside its file's bounds.
    """
    texts = ["a" * 100, "é" * 100, "\U0010ffff" * 100, "", "z" * 64 + "~"]
    for position, text in enumerate(texts):
        row = rows(NOON, "x", text)
        append(lake, SPEC, newest(lake), row, cover(position + 1, NOON))
    files = newest(lake).files
    for text in texts:
        could_hold = (pl.col("min_process_id") <= text) & (pl.col("max_process_id") >= text)
        assert files.filter(could_hold).height >= 1


def test_a_column_without_values_has_no_bounds(lake: Lake) -> None:
    """
    Null bounds mean unknown; all bounds have their type even when no file has any.
    """
    row = rows(NOON, "x").set_column(1, SCHEMA.field("time"), pa.nulls(1, SCHEMA[1].type))
    append(lake, SPEC, newest(lake), row, cover(1, NOON))
    files = newest(lake).files
    assert files.schema == files_schema(SPEC)
    assert files.select("min_time", "max_time").row(0) == (None, None)
