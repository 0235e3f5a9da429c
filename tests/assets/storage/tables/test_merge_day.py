"""Hours of a day in one place: every row is there once, and an hour is still rebuilt by itself."""

from datetime import timedelta

import polars as pl
import pytest

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.tables import (
    append,
    compact_slice,
    merge_day,
    replace_slices,
    retire_slices,
    rows_by_hour,
)
from assets.storage.tables.compact import commit_compaction
from assets.storage.tables.errors import WriteConflict
from assets.storage.tables.merge_day import plan_merge
from assets.storage.tables.rewriting import Budget
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

DAY = ONE.day
NEXT_DAY = Slice(ONE.start + timedelta(days=1))


def fill(lake: Lake) -> None:
    """Two hours of a day, two files each, and an hour of the next day."""
    for position, slice_ in enumerate((ONE, TWO, ONE, TWO, NEXT_DAY), start=1):
        name = f"{slice_.owner_id}:{position}"
        append(lake, SPEC, newest(lake), rows(slice_, [name]), cover(position, slice_))


def test_the_files_of_a_day_become_one_with_the_same_rows_and_coverage(any_lake: Lake) -> None:
    """
    Coverage is by hour as before; the other day is not touched; each row keeps its hour.
    """
    fill(any_lake)
    before = newest(any_lake)
    report = merge_day(any_lake, SPEC, DAY)
    after = newest(any_lake)
    assert (report.skipped, report.rows, report.files_before, report.files_after) == ("", 4, 4, 1)
    assert sorted(after.files["slice"]) == sorted(["day", NEXT_DAY.hour])
    assert after.coverages() == before.coverages()
    assert after.covered(1) == before.covered(1)
    assert names(any_lake) == sorted(frame(any_lake, before)["name"])
    assert rows_by_hour(any_lake, after, DAY) == {ONE.hour: 2, TWO.hour: 2}
    assert merge_day(any_lake, SPEC, DAY).skipped == "nothing to merge"
    assert after.files_of(1).height == 2


def test_a_rebuilt_hour_leaves_the_merged_day_and_the_others_stay(any_lake: Lake) -> None:
    """
    Exactly that hour's rows are replaced; the next merge brings them together again.
    """
    fill(any_lake)
    merge_day(any_lake, SPEC, DAY)
    base = newest(any_lake)
    replace_slices(any_lake, SPEC, base, [ONE], rows(ONE, ["new"]), cover(9, ONE))
    after = newest(any_lake)
    assert rows_by_hour(any_lake, after, DAY) == {TWO.hour: 2}
    assert [name for name in names(any_lake) if ONE.owner_id in name] == []
    assert len(names(any_lake)) == 1 + 2 + 1
    merge_day(any_lake, SPEC, DAY)
    assert rows_by_hour(any_lake, newest(any_lake), DAY) == {ONE.hour: 1, TWO.hour: 2}
    replace_slices(any_lake, SPEC, newest(any_lake), [ONE, TWO], rows(TWO, "x"), cover(9, ONE, TWO))
    assert "day" not in newest(any_lake).files["slice"].to_list()
    assert len(names(any_lake)) == 2


def test_late_rows_of_a_merged_hour_lie_beside_it_until_the_next_merge(lake: Lake) -> None:
    """
    An increment needs no merged day; a rebuild of the hour takes its rows from both places.
    """
    fill(lake)
    merge_day(lake, SPEC, DAY)
    append(lake, SPEC, newest(lake), rows(ONE, ["late"]), cover(8, ONE))
    assert len(names(lake)) == 6
    assert newest(lake).covered(1)[ONE] == 8
    replace_slices(lake, SPEC, newest(lake), [ONE], rows(ONE, ["only"]), cover(9, ONE))
    assert [name for name in names(lake) if "T" not in name] == ["only"]
    append(lake, SPEC, newest(lake), rows(ONE, ["later"]), cover(10, ONE))
    assert merge_day(lake, SPEC, DAY).files_before == 3
    assert rows_by_hour(lake, newest(lake), DAY) == {ONE.hour: 2, TWO.hour: 2}


def test_what_is_planned_beside_a_merge_of_the_day_lands_once_or_not_at_all(lake: Lake) -> None:
    """
    An increment lands either way; a rebuild and a merge of the same hour exclude each other.
    """
    fill(lake)
    plan = plan_merge(lake, SPEC, DAY)
    append(lake, SPEC, newest(lake), rows(ONE, ["meanwhile"]), cover(8, ONE))
    base = newest(lake)
    commit_compaction(lake, plan)
    with pytest.raises(WriteConflict):
        replace_slices(lake, SPEC, base, [ONE], rows(ONE, ["stale"]), cover(9, ONE))
    append(lake, SPEC, base, rows(ONE, ["planned before"]), cover(9, ONE))
    assert len(names(lake)) == 7
    again = plan_merge(lake, SPEC, DAY)
    replace_slices(lake, SPEC, newest(lake), [TWO], rows(TWO, ["rebuilt"]), cover(10, TWO))
    with pytest.raises(WriteConflict):
        commit_compaction(lake, again)
    assert len(names(lake)) == 6


def test_two_rebuilds_of_hours_of_one_merged_day_do_not_undo_each_other(lake: Lake) -> None:
    """
    Both rewrite what is left of the day: the second one conflicts and is planned again.
    """
    fill(lake)
    merge_day(lake, SPEC, DAY)
    base = newest(lake)
    replace_slices(lake, SPEC, base, [ONE], rows(ONE, ["one"]), cover(9, ONE))
    with pytest.raises(WriteConflict):
        replace_slices(lake, SPEC, base, [TWO], rows(TWO, ["two"]), cover(9, TWO))
    replace_slices(lake, SPEC, newest(lake), [TWO], rows(TWO, ["two"]), cover(9, TWO))
    assert [name for name in names(lake) if "T" not in name] == ["one", "two"]
    assert len(names(lake)) == 3


def test_a_merged_day_is_retired_without_reading_it(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    All its hours go with their rows; nothing is rewritten, and the coverage stays.
    """
    fill(lake)
    merge_day(lake, SPEC, DAY)
    before = newest(lake)

    def refuse(*_: object) -> None:
        raise AssertionError("a merged day was read to be removed")

    monkeypatch.setattr("assets.storage.tables.write.rewritten", refuse)
    retire_slices(lake, SPEC, [DAY])
    assert newest(lake).coverages() == before.coverages()
    assert newest(lake).files["slice"].to_list() == [NEXT_DAY.hour]


def test_hours_of_several_generations_are_not_merged(lake: Lake) -> None:
    """
    A file is of one version of the view; once the hours are rebuilt the day is merged, too.
    """
    fill(lake)
    merge_day(lake, SPEC, DAY)
    base = newest(lake)
    replace_slices(lake, SPEC, base, [ONE], rows(ONE, ["v2"]), cover(9, ONE, version=2))
    assert merge_day(lake, SPEC, DAY).skipped == "several versions of the view have built it"
    mixed = newest(lake)
    assert sorted(frame(lake, mixed, 2)["name"]) == ["v2"]
    assert len(frame(lake, mixed, 1)) == 3
    replace_slices(lake, SPEC, mixed, [TWO], rows(TWO, ["w2"]), cover(9, TWO, version=2))
    assert merge_day(lake, SPEC, DAY).rows == 2
    assert sorted(frame(lake, newest(lake), 2)["name"]) == ["v2", "w2"]


def test_days_of_large_files_and_tables_that_are_missing_are_left_alone(lake: Lake) -> None:
    """
    With the reason; a merged day is compacted like an hour, and keeps the hours.
    """
    assert merge_day(lake, SPEC, DAY).skipped == "there is no such table"
    fill(lake)
    assert merge_day(lake, SPEC, DAY, Budget(100)).skipped == "its files are large enough"
    assert merge_day(lake, SPEC, Slice(DAY.start - timedelta(days=9)).day).files_after == 0
    merge_day(lake, SPEC, DAY)
    assert compact_slice(lake, SPEC, DAY).skipped == "nothing to merge"


def test_days_of_processes_are_merged_each_by_itself(lake: Lake) -> None:
    """
    The file of a merged day is below its process, and other engines read the hour of each row.
    """
    a, b = (Slice(ONE.start, f"{digit * 8}-0000-4000-8000-000000000000") for digit in "ab")
    later = Slice(TWO.start, a.process_id)
    for position, slice_ in enumerate((a, b, later), start=1):
        base = newest(lake, PER_PROCESS)
        append(lake, PER_PROCESS, base, rows(slice_, [f"n{position}"]), cover(position, slice_))
    assert merge_day(lake, PER_PROCESS, a.day).files_after == 1
    snapshot = newest(lake, PER_PROCESS)
    files = snapshot.files.select("process_id", "slice").sort("process_id").rows()
    assert files == [(a.process_id, "day"), (b.process_id, b.hour)]
    assert names(lake, PER_PROCESS) == ["n1", "n2", "n3"]
    hours = pl.read_parquet(snapshot.files.filter(slice="day")["path"].to_list())["slice@"]
    assert sorted(hours) == sorted([a.hour, later.hour])
