"""Compaction and vacuum change files, never what a reader sees."""

import os
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from assets.storage.lake import Lake
from assets.storage.metadata.locks import advisory_lock
from assets.storage.tables import (
    append,
    compact_slice,
    ensure_table,
    limits,
    replace_slices,
    vacuum,
)
from assets.storage.tables.compact import plan_compaction
from tests.assets.storage.tables.sample import (
    ONE,
    PER_PROCESS,
    SPEC,
    TWO,
    cover,
    frame,
    names,
    newest,
    rows,
)


def _fill(lake: Lake, count: int) -> None:
    for position in range(1, count + 1):
        process = "pq"[position % 2]
        append(lake, SPEC, newest(lake), rows(ONE, [f"n{position}"], process), cover(position, ONE))


def test_a_compacted_slice_has_the_same_rows_and_coverage_in_one_sorted_file(
    any_lake: Lake,
) -> None:
    """
    Rows, coverage and other slices stay; the many files of the slice become one, sorted.
    """
    _fill(any_lake, 5)
    append(any_lake, SPEC, newest(any_lake), rows(TWO, "t"), cover(9, TWO))
    before = newest(any_lake)
    report = compact_slice(any_lake, SPEC, ONE)
    after = newest(any_lake)
    assert (report.skipped, report.rows, report.files_before, report.files_after) == ("", 5, 5, 1)
    assert report.version == after.version == before.version + 1
    assert report.bytes_after < report.bytes_before
    assert after.coverages() == before.coverages()
    assert names(any_lake) == ["n1", "n2", "n3", "n4", "n5", "t"]
    kept = frame(any_lake, after)
    assert kept.sort("name").equals(frame(any_lake, before).sort("name"))
    keys = kept.filter(kept["name"] != "t").select("process_id", "time")
    assert keys.equals(keys.sort("process_id", "time"))


def test_an_older_program_keeps_the_columns_that_a_newer_one_added(lake: Lake) -> None:
    """
    Compaction knows the columns of the table, whatever its own view says.
    """
    level = pa.field("level", pa.int32())
    wider = replace(SPEC, schema=SPEC.schema.append(level))
    append(lake, SPEC, newest(lake), rows(ONE, "a"), cover(1, ONE))
    ensure_table(lake, wider)
    wide = rows(ONE, "b").append_column(level, pa.array([7], pa.int32()))
    append(lake, wider, newest(lake, wider), wide, cover(2, ONE))
    assert compact_slice(lake, SPEC, ONE).files_after == 1
    found = frame(lake, newest(lake)).select("name", "level").sort("name").rows()
    assert found == [("a", None), ("b", 7)]


def test_there_is_nothing_to_merge_in_one_file_or_none(lake: Lake) -> None:
    """
    A compaction without effect makes no commit and says why.
    """
    assert compact_slice(lake, SPEC, ONE).skipped == "there is no such table"
    _fill(lake, 1)
    for slice_ in (ONE, TWO):
        assert compact_slice(lake, SPEC, slice_).skipped == "nothing to merge"
    assert newest(lake).version == 1


def test_a_compaction_that_keeps_losing_gives_up(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After COMPACT_ATTEMPTS rebuilds of the slice it is left to the next turn.
    """
    _fill(lake, 2)
    rebuilds = []

    def plan_and_lose(*arguments, **how):
        plan = plan_compaction(*arguments, **how)
        position = 3 + 2 * len(rebuilds)
        base = newest(lake)
        replace_slices(lake, SPEC, base, [ONE], rows(ONE, "ab"), cover(position, ONE))
        append(lake, SPEC, newest(lake), rows(ONE, "c"), cover(position + 1, ONE))
        rebuilds.append(position)
        return plan

    monkeypatch.setattr("assets.storage.tables.compact.plan_compaction", plan_and_lose)
    assert compact_slice(lake, SPEC, ONE).skipped == "the slice is being written"
    assert len(rebuilds) == limits.COMPACT_ATTEMPTS
    assert names(lake) == ["a", "b", "c"]


def test_maintenance_of_a_table_is_done_by_one_at_a_time(lake: Lake) -> None:
    """
    Compaction waits while another session holds the table's maintenance lock.
    """
    _fill(lake, 2)
    done = threading.Event()

    def compact() -> None:
        compact_slice(lake, SPEC, ONE)
        done.set()

    with lake.connection() as conn, advisory_lock(conn, "table maintenance", SPEC.name):
        thread = threading.Thread(target=compact)
        thread.start()
        assert not done.wait(0.5)
    thread.join(30)
    assert done.is_set()
    assert newest(lake).files.height == 1


def test_vacuum_deletes_only_what_no_reader_can_need(lake: Lake, tmp_path: Path) -> None:
    """
    Live files, fresh files of unfinished commits, and recently replaced files stay.
    """
    _fill(lake, 3)
    compact_slice(lake, SPEC, ONE)
    table = tmp_path / "lake" / "tables" / SPEC.name
    partition = next(table.glob("date=*/slice=*"))
    (partition / "unfinished.parquet").write_bytes(b"x")
    (partition / "abandoned.parquet").write_bytes(b"x")
    two_days_ago = time.time() - 48 * 3600
    os.utime(partition / "abandoned.parquet", (two_days_ago, two_days_ago))
    assert vacuum(lake, SPEC, timedelta(hours=24)) == 1
    left = {path.name for path in partition.iterdir()}
    assert "unfinished.parquet" in left
    assert "abandoned.parquet" not in left
    assert len(left) == 1 + 3 + 1
    assert names(lake) == ["n1", "n2", "n3"]
    assert newest(lake).covered(1) == {ONE: 3}


def test_vacuum_refuses_to_keep_too_little(lake: Lake) -> None:
    """
    VACUUM_KEEP_MIN protects running queries; a missing table has nothing to delete.
    """
    with pytest.raises(ValueError, match="VACUUM_KEEP_MIN"):
        vacuum(lake, SPEC, limits.VACUUM_KEEP_MIN - timedelta(seconds=1))
    assert vacuum(lake, SPEC, limits.VACUUM_KEEP_MIN) == 0


def test_the_table_is_still_written_after_vacuum(any_lake: Lake) -> None:
    """
    Vacuum's own commits are stepped over by writes that were planned before it.
    """
    _fill(any_lake, 2)
    base = newest(any_lake)
    compact_slice(any_lake, SPEC, ONE)
    vacuum(any_lake, SPEC, timedelta(hours=2))
    append(any_lake, SPEC, base, rows(ONE, ["n3"]), cover(3, ONE))
    replace_slices(any_lake, SPEC, newest(any_lake), [TWO], rows(TWO, ["t"]), cover(3, TWO))
    assert names(any_lake) == ["n1", "n2", "n3", "t"]
    assert vacuum(any_lake, PER_PROCESS, timedelta(hours=2)) == 0
