"""Compaction of slices of any size: files of the target size, in bounded memory, beside appends."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from assets.storage.lake import Lake
from assets.storage.tables import append, compact_slice, limits
from assets.storage.tables.compact import commit_compaction, piled_up, plan_compaction
from assets.storage.tables.rewriting import Budget, sweep_left_over
from tests.assets.storage.tables.sample import ONE, SPEC, cover, frame, names, newest, rows

TINY = Budget(target_bytes=20_000, memory_bytes=20_000)
"""A few hundred rows of the sample make a file."""

RSS_SHARE_MAX = 2.0
"""Peak memory over the budget, beyond what the program takes before: see ``Budget``."""


def fill(lake: Lake, files: int, rows_each: int) -> list[str]:
    """Append so many files to a slice; return the names of all rows."""
    made = []
    for position in range(1, files + 1):
        names = [f"{position}:{number}" for number in range(rows_each)]
        append(
            lake, SPEC, newest(lake), rows(ONE, names, "pqr"[position % 3]), cover(position, ONE)
        )
        made += names
    return sorted(made)


@pytest.fixture
def tiny_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of a size that tests can reach."""
    monkeypatch.setattr("assets.storage.tables.merging.MERGE_BATCH_ROWS_MIN", 50)
    monkeypatch.setattr("assets.storage.tables.rewriting.MERGE_BATCH_ROWS_MIN", 50)
    monkeypatch.setattr("assets.storage.tables.rewriting.MERGE_FIRST_ROWS", 100)


@pytest.mark.usefixtures("tiny_runs")
def test_a_slice_beyond_memory_becomes_files_of_the_target_size_in_one_order(
    any_lake: Lake,
) -> None:
    """
    TARGET_BYTES parts the files, MERGE_BYTES the work; rows, coverage and order are as ever.
    """
    made = fill(any_lake, 20, 200)
    before = newest(any_lake)
    target = Budget(-(-int(before.files["size_bytes"].sum()) // 3), 20_000)
    report = compact_slice(any_lake, SPEC, ONE, target)
    after = newest(any_lake)
    assert (report.skipped, report.rows, report.files_before) == ("", 4000, 20)
    assert report.files_after == after.files.height == 3
    assert after.files["num_records"].max() == 1334
    assert names(any_lake) == made
    assert after.transactions == before.transactions
    keys = frame(any_lake, after).select("process_id", "time")
    assert keys.equals(keys.sort("process_id", "time"))
    assert limits.TARGET_BYTES > limits.SMALL_SHARE
    assert Budget().memory_bytes == limits.MERGE_BYTES


def test_files_near_the_target_size_are_left_alone(lake: Lake) -> None:
    """
    Only files of less than a SMALL_SHAREth of it are merged; with none or one there is no work.
    """
    fill(lake, 3, 50)
    small = int(newest(lake).files["size_bytes"].max()) * limits.SMALL_SHARE
    left = compact_slice(lake, SPEC, ONE, Budget(target_bytes=small // 2))
    assert left.skipped == "nothing to merge"
    assert compact_slice(lake, SPEC, ONE, Budget(target_bytes=small + 10)).files_after == 1


def test_an_increment_that_lands_meanwhile_neither_waits_nor_is_lost(any_lake: Lake) -> None:
    """
    Planned before the increment, committed after it: both are there; and the other way round.
    """
    fill(any_lake, 3, 2)
    plan = plan_compaction(any_lake, SPEC, ONE)
    base = newest(any_lake)
    append(any_lake, SPEC, base, rows(ONE, ["landed first"]), cover(10, ONE))
    stale = newest(any_lake)
    report = commit_compaction(any_lake, plan)
    assert (report.files_before, report.files_after) == (3, 1)
    append(any_lake, SPEC, stale, rows(ONE, ["planned before"]), cover(11, ONE))
    assert newest(any_lake).files.height == 3
    assert len(names(any_lake)) == 8
    assert newest(any_lake).covered(1) == {ONE: 11}


def test_a_growing_slice_is_not_rewritten_at_each_merge() -> None:
    """
    What earlier merges made waits until as much has come after it.
    """
    sizes = [1000, 10, 10, 10, 12, 11]
    frame = pl.DataFrame({"size_bytes": sizes})
    assert piled_up(frame)["size_bytes"].to_list() == sorted(sizes)[:5]
    assert piled_up(pl.DataFrame({"size_bytes": [40, 10, 10, 10, 10]})).height == 5
    assert piled_up(pl.DataFrame({"size_bytes": [1, 5, 30]})).height == 2


def test_a_merge_of_a_growing_slice_leaves_its_large_file(lake: Lake) -> None:
    """
    The same on a table: the file of a thousand rows stays, the small ones become one.
    """
    fill(lake, 1, 2000)
    for position in range(2, 7):
        append(lake, SPEC, newest(lake), rows(ONE, [f"n{position}"]), cover(position, ONE))
    large = newest(lake).files.sort("num_records")["path"][-1]
    report = compact_slice(lake, SPEC, ONE, growing=True)
    assert (report.files_before, report.files_after) == (5, 1)
    assert large in newest(lake).files["path"].to_list()
    assert len(names(lake)) == 2005


@pytest.mark.usefixtures("tiny_runs")
def test_promoted_keys_are_believed_only_where_all_rows_of_a_file_have_them(
    lake: Lake,
) -> None:
    """
    One row with the key in other capitals among those of many runs: the column says nothing then.
    """
    for position in (1, 2):
        names = [f"{position}:{number}" for number in range(1200)]
        append(lake, SPEC, newest(lake), with_key("name", names), cover(position, ONE))
    (key,) = newest(lake).promoted
    compact_slice(lake, SPEC, ONE, TINY)
    assert newest(lake).files[f"min_{key.mask}"].unique().to_list() == [1]
    for position, spelled in ((3, "Name"), (4, "name")):
        append(lake, SPEC, newest(lake), with_key(spelled, [spelled]), cover(position, ONE))
    compact_slice(lake, SPEC, ONE, Budget(target_bytes=10**6, memory_bytes=20_000))
    assert newest(lake).files[f"min_{key.mask}"].unique().to_list() == [0]


def with_key(key: str, names: list[str]) -> pa.Table:
    """Rows with one property each: its key as it is spelled here."""
    data = rows(ONE, names)
    maps = pa.array([[(key, "x")]] * len(names), SPEC.schema.field("properties").type)
    return data.set_column(data.schema.get_field_index("properties"), "properties", maps)


def test_what_a_killed_merge_left_on_disk_is_removed_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After MERGE_LEFT_OVER_KEEP; what is younger may be of a merge that is going on.
    """
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young, other = (
        tmp_path / name for name in ("limnograph-merge-1", "limnograph-merge-2", "x")
    )
    for folder in (old, young, other):
        (folder / "run-0").mkdir(parents=True)
    long_ago = time.time() - limits.MERGE_LEFT_OVER_KEEP.total_seconds() - 60
    for folder in (old, other):
        os.utime(folder, (long_ago, long_ago))
    sweep_left_over()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["limnograph-merge-2", "x"]


PROGRAM = Path(__file__).with_name("merging_program.py")
ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.slow
def test_memory_stays_within_its_budget_whatever_the_size_of_the_slice(tmp_path: Path) -> None:
    """
    A slice of many times the budget: beyond what it took before, the program takes at most twice.
    """
    told = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path)],
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "sdk" / "src")))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = json.loads(told.stdout.splitlines()[-1])
    assert found["rows_bytes"] > 4 * found["budget_bytes"]
    assert found["more_bytes"] < RSS_SHARE_MAX * found["budget_bytes"], found
